"""What people hand in and take away: zips unpacked under caps, workbooks read and written without formulas."""
