//! Cells: where each value of a row lies in a block of text, so that no value is copied to be typed.

/// A value's place. A default cell is empty, and an empty cell is null.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Cell {
    start: u32,
    mark: u32,
}

/// The value had to be rewritten (doubled quotes, JSON escapes) and lies in the side text.
const SIDE: u32 = 1 << 31;
/// The value is a number or a time of the file's own, not text: the table's marks and patterns do not apply to it.
const NATIVE: u32 = 1 << 30;
const LENGTH: u32 = NATIVE - 1;

impl Cell {
    pub fn new(start: usize, end: usize) -> Cell {
        Cell { start: start as u32, mark: end.saturating_sub(start) as u32 & LENGTH }
    }

    pub fn side(start: usize, end: usize) -> Cell {
        let cell = Cell::new(start, end);
        Cell { mark: cell.mark | SIDE, ..cell }
    }

    /// But for the first byte.
    pub fn without_first(self) -> Cell {
        Cell { start: self.start + 1, mark: self.mark - 1 }
    }

    pub fn native(self) -> Cell {
        Cell { mark: self.mark | NATIVE, ..self }
    }

    #[inline]
    pub fn is_native(self) -> bool {
        self.mark & NATIVE != 0
    }

    #[inline]
    pub fn is_side(self) -> bool {
        self.mark & SIDE != 0
    }

    #[inline]
    pub fn start(self) -> usize {
        self.start as usize
    }

    #[inline]
    pub fn len(self) -> usize {
        (self.mark & LENGTH) as usize
    }
}

/// The bytes that cells point into.
#[derive(Clone, Copy)]
pub struct Text<'a> {
    pub block: &'a [u8],
    pub side: &'a [u8],
}

impl<'a> Text<'a> {
    #[inline]
    pub fn get(self, cell: Cell) -> &'a [u8] {
        let from = if cell.is_side() { self.side } else { self.block };
        from.get(cell.start()..cell.start() + cell.len()).unwrap_or_default()
    }
}

/// A row's number in its block (from 0) and where it starts there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Row {
    pub ordinal: u32,
    pub start: u32,
}

/// Consecutive rows that have `width` cells each.
#[derive(Debug, Default)]
pub struct Grid {
    pub width: usize,
    pub cells: Vec<Cell>,
    pub rows: Vec<Row>,
}

impl Grid {
    pub fn new(width: usize) -> Grid {
        Grid { width, cells: Vec::new(), rows: Vec::new() }
    }

    pub fn clear(&mut self) {
        self.cells.clear();
        self.rows.clear();
    }

    #[inline]
    pub fn cell(&self, row: usize, column: usize) -> Cell {
        self.cells.get(row * self.width + column).copied().unwrap_or_default()
    }
}

/// Without the blanks around it.
#[inline]
pub fn trim(mut bytes: &[u8]) -> &[u8] {
    while let [first, rest @ ..] = bytes
        && first.is_ascii_whitespace()
    {
        bytes = rest;
    }
    while let [rest @ .., last] = bytes
        && last.is_ascii_whitespace()
    {
        bytes = rest;
    }
    bytes
}
