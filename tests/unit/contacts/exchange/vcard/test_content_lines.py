"""The grammar under all vCards, kept and broken."""

import pytest

from kith.contacts.exchange.vcard.content_lines import (
    ContentLine,
    decode_binary,
    fold_line,
    logical_lines,
    parse_line,
    quote_parameter,
    raw_cards,
)


def parsed(line: str) -> ContentLine:
    found = parse_line(line)
    assert found is not None
    return found


def test_what_is_folded_is_joined() -> None:
    assert list(logical_lines(["NOTE:one", "  two", "\tthree", "", "TEL:1"])) == [
        "NOTE:one twothree",
        "TEL:1",
    ]


def test_vcard_2_1_keeps_the_blank_at_which_it_folds() -> None:
    assert list(logical_lines(["NOTE:one", " two"], keeps_blanks=True)) == ["NOTE:one two"]


@pytest.mark.parametrize("second", ["=D0=BD", "plain"])
def test_soft_breaks_are_joined(second: str) -> None:
    lines = ["NOTE;ENCODING=QUOTED-PRINTABLE:=D0=86=", second, "TEL:1"]

    assert list(logical_lines(lines)) == [f"NOTE;ENCODING=QUOTED-PRINTABLE:=D0=86{second}", "TEL:1"]


def test_a_soft_break_that_was_forgotten_is_joined_too() -> None:
    lines = ["NOTE;QUOTED-PRINTABLE:one", "=0Atwo", "TEL:1"]

    (note, _) = logical_lines(lines)

    assert parsed(note).text == "one\ntwo"


def test_base64_may_go_on_without_a_blank() -> None:
    lines = ["PHOTO;BASE64:AAAA", "BBBB", "", "TEL:1"]

    assert list(logical_lines(lines)) == ["PHOTO;BASE64:AAAABBBB", "TEL:1"]


def test_parameters_come_bare_quoted_and_repeated() -> None:
    line = parsed('item1.tel;CELL;type=work,"x:y;z";TYPE="a,b";PREF=1:12:34')

    assert (line.group, line.name, line.value) == ("item1", "TEL", "12:34")
    assert line.types == {"cell", "work", "x:y;z", "a", "b"}
    assert line.parameter("PREF") == "1"


def test_an_encoding_may_stand_bare() -> None:
    line = parsed("N;CHARSET=windows-1251;QUOTED-PRINTABLE:=D8=E5=E2;=C8")

    assert line.parts == ["Шев", "И"]


def test_a_name_of_an_encoding_that_nobody_knows_does_no_harm() -> None:
    assert parsed("N;CHARSET=x-klingon;ENCODING=quoted-printable:=d0=86").text == "І"


def test_carets_say_what_a_parameter_cannot_hold() -> None:
    line = parsed('TEL;X="a^nb^^c^\'d":1')

    assert line.parameter("X") == 'a\nb^c"d'
    assert quote_parameter('a\nb^c"d') == '"a^nb^^c^\'d"'


def test_backslashes_protect() -> None:
    line = parsed(r"N:a\;b;c\,d\\;e\nf\x")

    assert line.parts == ["a;b", "c,d\\", "e\nf\\x"]
    assert parsed(r"CATEGORIES:a\,b, c ,").texts == ["a,b", "c"]


@pytest.mark.parametrize("line", ["hello", ":", ";x:1", ""])
def test_what_is_no_property_is_none(line: str) -> None:
    assert parse_line(line) is None


def test_a_quote_that_nothing_closes_is_a_letter() -> None:
    assert parsed('TEL;X="abc:1').name == "TEL"


def test_long_lines_are_folded_between_characters() -> None:
    line = "NOTE:" + "Ї" * 200

    folded = fold_line(line)

    assert all(len(each.encode()) <= 75 for each in folded.split("\r\n"))
    assert "".join(logical_lines(folded.split("\r\n"))) == line


def test_cards_are_cut_where_they_begin_and_end() -> None:
    text = "junk\nBEGIN:VCARD\nN:A\nbegin : vcard\nN:B\nEnd:vCard\n\nN:C\nEND:VCARD\n"

    found = [(each.line, each.began, each.ended) for each in raw_cards(text)]

    assert found == [(1, False, False), (2, True, False), (4, True, True), (8, False, False)]


def test_a_card_inside_a_card_belongs_to_it() -> None:
    text = "BEGIN:VCARD\nN:A\nAGENT:\nBEGIN:VCARD\nN:B\nEND:VCARD\nTEL:1\nEND:VCARD\n"

    (card,) = raw_cards(text)

    assert card.lines[-1] == "TEL:1"


def test_a_mark_of_utf8_in_the_middle_of_a_file_hides_no_card() -> None:
    one = "\ufeffBEGIN:VCARD\nN:A\nEND:VCARD\n"

    assert [each.began for each in raw_cards(one + one)] == [True, True]


def test_damaged_bytes_are_none() -> None:
    assert decode_binary(ContentLine("PHOTO", "AAA")) == b""
    assert decode_binary(ContentLine("PHOTO", "data:image/png;base64,AAAA")) == b"\0\0\0"
