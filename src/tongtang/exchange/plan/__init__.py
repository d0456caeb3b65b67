"""A weekly plan at the border: `broadcasts.csv` of a county's folder."""
