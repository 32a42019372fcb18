package pages

import (
	"bytes"
	"compress/zlib"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/labstack/echo/v4"
	"github.com/skip2/go-qrcode"

	"goodword/internal/fault"
	"goodword/internal/web"
)

// publicCode is the form of share and placement codes. Whether one exists is not asked: an image of one that does not
// leads to a page that says so.
var publicCode = regexp.MustCompile(`^[a-z0-9]{4,32}$`)

// The sizes of an image in pixels.
const (
	qrDefault = 512
	qrLeast   = 128
	qrMost    = 2048
)

// drawing is what an image is made from; equal drawings are equal bytes.
type drawing struct {
	url  string
	size int
	// logo, an SVG document, is drawn in the middle, or the badge where there is none.
	withLogo bool
	logo     string
	badge    badge
	png      bool
}

// qrImage draws the code of a share link or placement, and of nothing else: personal links are drawn inside their own page.
func (p *Pages) qrImage(c echo.Context) error {
	code, ext, _ := strings.Cut(c.Param("file"), ".")
	kind := c.Param("kind")
	if kind != "r" && kind != "q" || !publicCode.MatchString(code) || ext != "svg" && ext != "png" {
		return fault.New(fault.NotFound, "")
	}
	d := drawing{url: p.Config.BaseURL + "/" + kind + "/" + code, size: qrDefault, png: ext == "png"}
	if s := c.QueryParam("size"); s != "" {
		n, err := strconv.Atoi(s)
		if err != nil || n < qrLeast || n > qrMost {
			var check fault.Check
			check.Add("size", fmt.Sprintf("Please choose a size between %d and %d.", qrLeast, qrMost))
			return check.Err()
		}
		d.size = n
	}
	if c.QueryParam("logo") == "1" {
		set, err := p.Settings.Get(c.Request().Context())
		if err != nil {
			return err
		}
		d.withLogo, d.badge = true, badgeOf(set)
		if !d.png {
			d.logo = set.LogoSVG // only what shows SVG can draw it; the badge stands for it in a PNG
		}
	}
	body, err := p.qr.draw(d)
	if err != nil {
		return err
	}
	contentType := "image/svg+xml"
	if d.png {
		contentType = "image/png"
	} else {
		c.Response().Header().Set("Content-Security-Policy", "default-src 'none'; img-src data:; style-src 'unsafe-inline'; sandbox")
	}
	c.Response().Header().Set("Cross-Origin-Resource-Policy", "cross-origin")
	return web.Content(c, contentType, body, time.Hour)
}

// qrCache keeps finished images: drawing one costs a thousand times as much as finding it.
type qrCache struct {
	mu   sync.Mutex
	kept map[drawing][]byte
}

// Images are a few kilobytes each; when the cache is full it starts anew.
const qrKept = 1000

func newQRCache() *qrCache { return &qrCache{kept: map[drawing][]byte{}} }

func (q *qrCache) draw(d drawing) ([]byte, error) {
	q.mu.Lock()
	body, ok := q.kept[d]
	q.mu.Unlock()
	if ok {
		return body, nil
	}
	m, err := matrixOf(d.url, d.withLogo)
	if err != nil {
		return nil, err
	}
	switch {
	case d.png && d.withLogo:
		body, err = m.pngWithBadge(d)
	case d.png:
		body = m.png(d)
	default:
		body, err = m.svg(d)
	}
	if err != nil {
		return nil, err
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(q.kept) >= qrKept {
		clear(q.kept)
	}
	q.kept[d] = body
	return body, nil
}

// drawInline returns the code as SVG for a place inside a page.
func drawInline(url string) (string, error) {
	m, err := matrixOf(url, false)
	if err != nil {
		return "", err
	}
	svg, err := m.svg(drawing{})
	return string(svg), err
}

// matrix is the code's modules with the quiet zone around them; true is dark.
type matrix [][]bool

// matrixOf encodes a text. A code with a logo in it needs the most redundancy.
func matrixOf(text string, withLogo bool) (matrix, error) {
	level := qrcode.Medium
	if withLogo {
		level = qrcode.Highest
	}
	q, err := qrcode.New(text, level)
	if err != nil {
		return nil, fmt.Errorf("encode QR code: %w", err)
	}
	return q.Bitmap(), nil
}

// hole returns the square in the middle that a logo takes: a fifteenth of the modules or less, far below the thirty percent
// that the redundancy restores.
func (m matrix) hole() (from, to int) {
	side := len(m) / 5
	if side%2 != len(m)%2 {
		side++
	}
	from = (len(m) - side) / 2
	return from, from + side
}

// svg draws runs of dark modules as one path, so that no seams show between them.
func (m matrix) svg(d drawing) ([]byte, error) {
	n := len(m)
	from, to := n, n
	if d.withLogo {
		from, to = m.hole()
	}
	inHole := func(x, y int) bool { return x >= from && x < to && y >= from && y < to }
	var b strings.Builder
	b.WriteString(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ` + strconv.Itoa(n) + " " + strconv.Itoa(n) + `"`)
	if d.size > 0 {
		b.WriteString(` width="` + strconv.Itoa(d.size) + `" height="` + strconv.Itoa(d.size) + `"`)
	} else {
		b.WriteString(` role="img" aria-label="QR"`)
	}
	b.WriteString(` shape-rendering="crispEdges"><path fill="#fff" d="M0 0h` + strconv.Itoa(n) + "v" + strconv.Itoa(n) + `H0z"/><path fill="#000" d="`)
	for y, row := range m {
		for x := 0; x < n; x++ {
			if !row[x] || inHole(x, y) {
				continue
			}
			start := x
			for x+1 < n && row[x+1] && !inHole(x+1, y) {
				x++
			}
			w := strconv.Itoa(x - start + 1)
			b.WriteString("M" + strconv.Itoa(start) + " " + strconv.Itoa(y) + "h" + w + "v1h-" + w + "z")
		}
	}
	b.WriteString(`"/>`)
	if d.withLogo {
		logo, err := d.middle(from, to-from)
		if err != nil {
			return nil, err
		}
		b.WriteString(logo)
	}
	b.WriteString("</svg>")
	return []byte(b.String()), nil
}

// middle is the logo, or the badge, with a margin of half a module.
func (d drawing) middle(from, side int) (string, error) {
	if d.logo == "" {
		return d.badge.svg(float32(from)+float32(side)/2, float32(side-1)/2)
	}
	at, w := strconv.FormatFloat(float64(from)+0.5, 'f', 1, 64), strconv.Itoa(side-1)
	return `<image x="` + at + `" y="` + at + `" width="` + w + `" height="` + w + `" href="data:image/svg+xml;base64,` +
		base64.StdEncoding.EncodeToString([]byte(d.logo)) + `"/>`, nil
}

// png draws the code with whole pixels for each module, centred, and one bit for each pixel.
func (m matrix) png(d drawing) []byte {
	n := len(m)
	size := max(d.size, n)
	scale := size / n
	margin := (size - scale*n) / 2
	stride := (size + 7) / 8
	var raw bytes.Buffer
	raw.Grow((stride + 1) * size)
	line := make([]byte, stride+1)
	for y := range size {
		my := (y - margin) / scale
		inside := y >= margin && my < n
		if y == 0 || y == margin || inside && (y-margin)%scale == 0 || y == margin+n*scale {
			clear(line)
			if inside {
				m.dark(line[1:], my, margin, scale)
			}
		}
		raw.Write(line)
	}
	return encodePNG(size, 1, []byte{0xff, 0xff, 0xff, 0, 0, 0}, raw.Bytes())
}

// dark sets the bits of a row's dark modules, without asking for each pixel.
func (m matrix) dark(line []byte, row, margin, scale int) {
	for i, dark := range m[row] {
		if !dark {
			continue
		}
		for x := margin + i*scale; x < margin+(i+1)*scale; x++ {
			line[x/8] |= 0x80 >> (x % 8)
		}
	}
}

func rgbOf(color string) []byte {
	v, err := strconv.ParseUint(strings.TrimPrefix(color, "#"), 16, 32)
	if err != nil {
		return []byte{0, 0, 0}
	}
	return []byte{byte(v >> 16), byte(v >> 8), byte(v)}
}

// squeezers are kept because a new one takes a megabyte, more than everything else about an image.
var squeezers = sync.Pool{New: func() any {
	z, err := zlib.NewWriterLevel(nil, zlib.BestSpeed)
	if err != nil {
		panic("png: " + err.Error()) // the level is one of zlib's own
	}
	return z
}}

// encodePNG writes a paletted image from finished scan lines (filter byte first). The standard encoder takes five times as
// long, because it asks for every pixel and tries filters that do nothing for black and white.
func encodePNG(size, bits int, palette, lines []byte) []byte {
	var out bytes.Buffer
	out.WriteString("\x89PNG\r\n\x1a\n")
	header := binary.BigEndian.AppendUint32(nil, uint32(size))
	header = binary.BigEndian.AppendUint32(header, uint32(size))
	chunk(&out, "IHDR", append(header, byte(bits), 3, 0, 0, 0))
	chunk(&out, "PLTE", palette)
	var data bytes.Buffer
	z := squeezers.Get().(*zlib.Writer)
	z.Reset(&data)
	_, err := z.Write(lines)
	if err == nil {
		err = z.Close()
	}
	if err != nil {
		panic("png: " + err.Error()) // a buffer in memory does not fail
	}
	squeezers.Put(z)
	chunk(&out, "IDAT", data.Bytes())
	chunk(&out, "IEND", nil)
	return out.Bytes()
}

func chunk(out *bytes.Buffer, name string, data []byte) {
	var four [4]byte
	binary.BigEndian.PutUint32(four[:], uint32(len(data)))
	out.Write(four[:])
	body := append([]byte(name), data...)
	out.Write(body)
	binary.BigEndian.PutUint32(four[:], crc32.ChecksumIEEE(body))
	out.Write(four[:])
}
