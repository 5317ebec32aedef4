"""``python -m infra.sam``: what `make sam` runs."""

import argparse
import asyncio
import signal
import sys
from pathlib import Path

from infra.sam.compose import NoDocker, command
from infra.sam.stack import Options, running


def _options() -> Options:
    parser = argparse.ArgumentParser(prog="python -m infra.sam", description=__doc__)
    parser.add_argument("--port", type=int, default=3000, help="of the API")
    parser.add_argument("--lambda-port", type=int, default=3001, help="of the Invoke API")
    parser.add_argument("--project", default="kith", help="docker compose's name for all this")
    parser.add_argument("--network", default="kith", help="as KITH_COMPOSE_NETWORK says")
    parser.add_argument("--directory", type=Path, default=Path(".local/sam"), help="for the keys")
    parser.add_argument("--remove", action="store_true", help="remove the data at the end")
    given, flags = parser.parse_known_args()
    return Options(
        port=given.port,
        lambda_port=given.lambda_port,
        project=given.project,
        network=given.network,
        directory=given.directory,
        flags=tuple(flags),
        keep=not given.remove,
    )


async def _serve(options: Options) -> None:
    stop = asyncio.Event()
    for each in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(each, stop.set)
    async with running(options) as address:
        print(f"Kith is ready on {address} (sam local); Ctrl-C ends it.", flush=True)
        await stop.wait()


def main() -> int:
    options = _options()
    try:
        command()
        asyncio.run(_serve(options))
    except NoDocker as why:
        print(f"make sam needs Docker: {why}. Without it, 'make run' does.", file=sys.stderr)
        return 1
    except (RuntimeError, TimeoutError) as why:
        print(why, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
