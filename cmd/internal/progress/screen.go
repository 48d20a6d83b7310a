package progress

import (
	"fmt"
	"io"
	"strings"
	"sync"
)

// Screen is a terminal with a block of lines at its end, which is written over. What else is written to the terminal goes through [Screen.Writer], so
// that it stands above the block. Its methods may be called from many goroutines.
type Screen struct {
	// Size tells columns and rows of the terminal.
	Size func() (columns, rows int)

	mu      sync.Mutex
	w       io.Writer
	block   []string // that is to stand there; guarded by mu
	lines   int      // that do stand there; guarded by mu
	partial bool     // what was written above has no line end yet; guarded by mu
}

// NewScreen returns a screen on a terminal.
func NewScreen(w io.Writer, size func() (columns, rows int)) *Screen {
	return &Screen{w: w, Size: size}
}

// Show replaces the block. Lines are cut to the terminal's width, and the block to its height.
func (s *Screen) Show(lines []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.block = lines
	s.draw()
}

// draw writes the block over what stands there. s.mu is held.
func (s *Screen) draw() {
	if s.partial || len(s.block) == 0 {
		return // somebody is in the middle of a line
	}
	lines := s.block
	columns, rows := s.Size()
	if most := max(rows-1, 1); len(lines) > most {
		lines = lines[:most]
	}
	cut := make([]string, len(lines))
	for i, l := range lines {
		cut[i] = fit(l, columns)
	}
	fmt.Fprint(s.w, s.up()+strings.Join(cut, "\n"))
	s.lines = len(cut)
}

// Clear removes the block.
func (s *Screen) Clear() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.block = nil
	s.erase()
}

// erase removes the block for now. s.mu is held.
func (s *Screen) erase() {
	if s.lines > 0 {
		fmt.Fprint(s.w, s.up())
		s.lines = 0
	}
}

// up goes to the beginning of the block and erases all below. s.mu is held.
func (s *Screen) up() string {
	if s.lines == 0 {
		return ""
	}
	up := ""
	if s.lines > 1 {
		up = fmt.Sprintf("\x1b[%dA", s.lines-1)
	}
	return "\r" + up + "\x1b[J"
}

// Writer returns a writer to w, which is the same terminal: what it writes goes above the block.
func (s *Screen) Writer(w io.Writer) io.Writer { return above{s, w} }

type above struct {
	s *Screen
	w io.Writer
}

func (a above) Write(p []byte) (int, error) {
	a.s.mu.Lock()
	defer a.s.mu.Unlock()
	if len(p) == 0 {
		return 0, nil
	}
	a.s.erase()
	a.s.partial = p[len(p)-1] != '\n'
	n, err := a.w.Write(p)
	a.s.draw()
	return n, err
}

// fit cuts a line to the width of the terminal, so that it can be written over.
func fit(s string, width int) string {
	if r := []rune(s); len(r) >= width {
		return string(r[:max(width-1, 0)])
	}
	return s
}
