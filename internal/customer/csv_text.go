package customer

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"slices"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"
)

const utf8Name = "utf-8"

// encodings are those that an import can be told; all but the last three are also found.
var encodings = map[string]encoding.Encoding{
	utf8Name:       encoding.Nop,
	"utf-16le":     unicode.UTF16(unicode.LittleEndian, unicode.UseBOM),
	"utf-16be":     unicode.UTF16(unicode.BigEndian, unicode.UseBOM),
	"windows-1252": charmap.Windows1252,
	"windows-1250": charmap.Windows1250,
	"windows-1251": charmap.Windows1251,
	"iso-8859-15":  charmap.ISO8859_15,
}

// sniffer finds out in which encoding the bytes written to it are.
type sniffer struct {
	head          [4]byte
	size          int64
	zeros         [2]int64 // at even and odd places
	wide, invalid int64    // characters of more than one byte, and bytes that are no UTF-8
	cr, lf        bool
	tail          []byte
}

// Write never fails.
func (s *sniffer) Write(p []byte) (int, error) {
	for i := 0; i < len(p) && s.size+int64(i) < int64(len(s.head)); i++ {
		s.head[s.size+int64(i)] = p[i]
	}
	if bytes.IndexByte(p, 0) >= 0 {
		for i, c := range p {
			if c == 0 {
				s.zeros[(s.size+int64(i))%2]++
			}
		}
	}
	s.cr = s.cr || bytes.IndexByte(p, '\r') >= 0
	s.lf = s.lf || bytes.IndexByte(p, '\n') >= 0
	s.size += int64(len(p))
	b := p
	if len(s.tail) > 0 {
		b = slices.Concat(s.tail, p)
	}
	for len(b) > 0 {
		if b[0] < utf8.RuneSelf {
			b = b[1:]
			continue
		}
		if !utf8.FullRune(b) {
			break
		}
		r, n := utf8.DecodeRune(b)
		if r == utf8.RuneError && n == 1 {
			s.invalid++
		} else {
			s.wide++
		}
		b = b[n:]
	}
	s.tail = slices.Clone(b)
	return len(p), nil
}

// encoding names what was found. Text that is UTF-8 but for a few bytes is UTF-8 with broken rows; text that is hardly
// ever UTF-8 is taken for Windows-1252, which every byte belongs to.
func (s *sniffer) encoding() string {
	switch {
	case s.bom() > 0:
		return utf8Name
	case s.head[0] == 0xFF && s.head[1] == 0xFE, s.zeros[1] > s.size/8:
		return "utf-16le"
	case s.head[0] == 0xFE && s.head[1] == 0xFF, s.zeros[0] > s.size/8:
		return "utf-16be"
	case s.invalid > s.wide/4:
		return "windows-1252"
	}
	return utf8Name
}

// bom is the length of a UTF-8 byte order mark at the beginning.
func (s *sniffer) bom() int64 {
	if s.head[0] == 0xEF && s.head[1] == 0xBB && s.head[2] == 0xBF {
		return 3
	}
	return 0
}

// toUTF8 copies src, which begins at the start of the file, as UTF-8 without a byte order mark and with line feeds.
// A file that ends lines with carriage returns alone is told by oldMac.
func toUTF8(dst io.Writer, src io.Reader, name string, oldMac bool) error {
	if name != utf8Name {
		src = transform.NewReader(src, encodings[name].NewDecoder())
	}
	in := bufio.NewReaderSize(src, 64<<10)
	if head, err := in.Peek(3); err == nil && bytes.Equal(head, []byte("\xEF\xBB\xBF")) {
		if _, err := in.Discard(3); err != nil {
			return fmt.Errorf("read file: %w", err)
		}
	}
	if oldMac {
		dst = lineFeeds{dst}
	}
	if _, err := io.Copy(dst, in); err != nil {
		return fmt.Errorf("convert file: %w", err)
	}
	return nil
}

// lineFeeds writes every carriage return as a line feed.
type lineFeeds struct{ dst io.Writer }

func (w lineFeeds) Write(p []byte) (int, error) {
	return w.dst.Write(bytes.ReplaceAll(p, []byte{'\r'}, []byte{'\n'}))
}

var delimiters = []byte{',', ';', '\t', '|'}

// findDelimiter looks at the beginning of a file for the delimiter with which most rows have as many columns as the first.
// A first line "sep=;", which Excel understands, decides at once.
func findDelimiter(beginning []byte) byte {
	if rest, ok := bytes.CutPrefix(beginning, []byte("sep=")); ok && len(rest) > 0 && bytes.IndexByte(delimiters, rest[0]) >= 0 {
		return rest[0]
	}
	best, bestScore := byte(','), 0
	for _, d := range delimiters {
		r := newCSVReader(bytes.NewReader(beginning), d, position{})
		width, alike := 0, 0
		for n := 0; n < 100; n++ {
			row, err := r.next()
			if err != nil {
				break
			}
			if n == 0 {
				width = len(row.Cells)
			} else if len(row.Cells) == width {
				alike++
			}
		}
		if width < 2 {
			continue
		}
		if score := (alike+1)*1000 + min(width, 999); score > bestScore {
			best, bestScore = d, score
		}
	}
	return best
}
