"""Documents on paper: the statutory forms of a case, from its content, as PDF in Chinese typesetting."""
