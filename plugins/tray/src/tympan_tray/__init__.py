"""The tray of Tympan: what each user of the machine sees of it, in the panel and as a page."""
