"""The account itself: profile, data export and deletion."""
