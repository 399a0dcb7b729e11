"""What every page is made of: visits, words, fields, forms read back, navigation, charts."""
