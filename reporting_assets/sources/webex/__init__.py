"""What is particular to asking Webex: its tokens, its links from page to page, its errors. Planning is `sources`' own."""
