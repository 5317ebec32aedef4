"""CSV as Google, Outlook, iCloud and Thunderbird write it: reader and writer."""
