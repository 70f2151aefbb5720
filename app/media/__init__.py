"""Pictures and other files of sites: what is known of them."""
