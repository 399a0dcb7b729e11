"""The law: words, limits, rights and consequences; pure, with time passed in and nothing read or written."""
