"""People's accounts: how they come to be, how their owners prove who they are, and what they may do."""
