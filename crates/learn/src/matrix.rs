//! The numbers that models see.

use super::error::LearnError;

/// A matrix of features, column by column; NaN stands for a missing value.
#[derive(Debug, Clone, PartialEq)]
pub struct Matrix {
    rows: usize,
    columns: Vec<String>,
    data: Vec<f64>,
}

impl Matrix {
    /// Makes a matrix of `rows` rows from its columns laid end to end.
    ///
    /// # Errors
    /// [`LearnError::LengthMismatch`] if `data` is not rows x columns long, [`LearnError::Infinite`]
    /// if a value is infinite.
    pub fn new(rows: usize, columns: Vec<String>, data: Vec<f64>) -> Result<Self, LearnError> {
        let expected = rows.saturating_mul(columns.len());
        if data.len() != expected {
            return Err(LearnError::LengthMismatch { what: "feature values", expected, found: data.len() });
        }
        if let Some(at) = data.iter().position(|v| v.is_infinite()) {
            let column = columns.get(at / rows).cloned().unwrap_or_default();
            return Err(LearnError::Infinite { column, row: at % rows });
        }
        Ok(Self { rows, columns, data })
    }

    /// Returns the number of rows.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Returns the number of columns.
    pub fn width(&self) -> usize {
        self.columns.len()
    }

    /// Returns the names of the columns.
    pub fn columns(&self) -> &[String] {
        &self.columns
    }

    /// Returns column `index`, or an empty slice where there is none.
    pub fn column(&self, index: usize) -> &[f64] {
        let start = index.saturating_mul(self.rows);
        self.data.get(start..start.saturating_add(self.rows)).unwrap_or_default()
    }

    /// Returns all values, column by column.
    pub fn data(&self) -> &[f64] {
        &self.data
    }

    /// Copies the rows at `rows`, in that order; a row may be taken more than once.
    ///
    /// # Errors
    /// [`LearnError::OutOfRange`] if a row does not exist.
    pub fn take_rows(&self, rows: &[usize]) -> Result<Self, LearnError> {
        if let Some(&index) = rows.iter().find(|&&r| r >= self.rows) {
            return Err(LearnError::OutOfRange { what: "row", index, len: self.rows });
        }
        let mut data = Vec::with_capacity(rows.len() * self.width());
        for i in 0..self.width() {
            let column = self.column(i);
            data.extend(rows.iter().map(|&r| column[r]));
        }
        Ok(Self { rows: rows.len(), columns: self.columns.clone(), data })
    }

    /// Copies the columns named in `names`, in that order.
    ///
    /// # Errors
    /// [`LearnError::Columns`] if the matrix lacks one.
    pub fn take_columns(&self, names: &[String]) -> Result<Self, LearnError> {
        let mut data = Vec::with_capacity(names.len() * self.rows);
        for (index, name) in names.iter().enumerate() {
            let Some(i) = self.columns.iter().position(|c| c == name) else {
                return Err(LearnError::Columns {
                    index,
                    expected: name.clone(),
                    found: "nothing".to_owned(),
                });
            };
            data.extend_from_slice(self.column(i));
        }
        Ok(Self { rows: self.rows, columns: names.to_vec(), data })
    }

    /// Fails unless the columns are `expected`, in that order.
    ///
    /// # Errors
    /// [`LearnError::Columns`] names the first difference.
    pub fn expect_columns(&self, expected: &[String]) -> Result<(), LearnError> {
        if self.columns == expected {
            return Ok(());
        }
        let index = self.columns.iter().zip(expected).take_while(|(a, b)| a == b).count();
        let name = |names: &[String]| names.get(index).cloned().unwrap_or_else(|| "nothing".to_owned());
        Err(LearnError::Columns { index, expected: name(expected), found: name(&self.columns) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(n: usize) -> Vec<String> {
        (0..n).map(|i| format!("f{i}")).collect()
    }

    #[test]
    fn takes_rows_and_columns_by_name() {
        let m = Matrix::new(3, names(2), vec![1., 2., 3., 10., 20., 30.]).unwrap();
        let t = m.take_rows(&[2, 0, 0]).unwrap();
        assert_eq!(t.column(1), [30., 10., 10.]);
        let c = m.take_columns(&["f1".to_owned()]).unwrap();
        assert_eq!((c.width(), c.column(0)), (1, [10., 20., 30.].as_slice()));
        assert!(m.column(2).is_empty());
    }

    #[test]
    fn says_what_is_wrong() {
        assert_eq!(
            Matrix::new(2, names(1), vec![1.]).unwrap_err().to_string(),
            "1 feature values for 2 rows"
        );
        let infinite = Matrix::new(2, names(2), vec![1., f64::NAN, 1., f64::INFINITY]).unwrap_err();
        assert_eq!(infinite.to_string(), "feature f1 is infinite in row 1");
        let m = Matrix::new(1, names(2), vec![1., 2.]).unwrap();
        assert_eq!(m.take_rows(&[1]).unwrap_err().to_string(), "row 1 of 1");
        assert_eq!(
            m.expect_columns(&["f0".to_owned(), "x".to_owned()]).unwrap_err().to_string(),
            "the model wants feature x as column 1, found f1"
        );
        assert!(m.expect_columns(&names(3)).is_err());
        assert!(m.expect_columns(&names(2)).is_ok());
    }

    #[test]
    fn may_be_empty() {
        let m = Matrix::new(0, names(2), vec![]).unwrap();
        assert_eq!((m.rows(), m.width(), m.column(1).len()), (0, 2, 0));
    }
}
