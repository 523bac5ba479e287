package sse

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
)

// ErrTooLong refuses an event that is longer than the reader allows.
var ErrTooLong = errors.New("server-sent event is too long")

// Event is one event. Name and Data are as the standard has them: an event without a name has "".
type Event struct {
	Name string
	Data []byte
	// Raw is every byte from the end of the event before to the end of this one's blank line, comments included: all the Raw of a
	// stream, joined, are the stream.
	Raw []byte
}

// Reader reads events one by one.
type Reader struct {
	in    *bufio.Reader
	max   int
	began bool
}

// NewReader reads events of at most max bytes each, blank lines and comments before it included.
func NewReader(r io.Reader, max int) *Reader {
	return &Reader{in: bufio.NewReaderSize(r, 4096), max: max}
}

// Next returns the next event; its slices are the caller's. Errors: io.EOF at the end of a stream that stopped between two
// events, io.ErrUnexpectedEOF for one that stopped within an event, [ErrTooLong], or the source's own.
func (r *Reader) Next() (Event, error) {
	var e Event
	hasData := false
	for {
		start := len(e.Raw)
		if err := r.line(&e.Raw); err != nil {
			if errors.Is(err, io.EOF) && len(e.Raw) > 0 && !blank(e.Raw) {
				err = io.ErrUnexpectedEOF
			}
			return Event{}, err
		}
		line := bytes.TrimRight(e.Raw[start:], "\r\n")
		if !r.began {
			line = bytes.TrimPrefix(line, []byte("\ufeff"))
			r.began = true
		}
		if len(line) == 0 {
			if hasData {
				return e, nil
			}
			e.Name = "" // an event without data is none
			continue
		}
		field, value, _ := bytes.Cut(line, []byte(":"))
		value = bytes.TrimPrefix(value, []byte(" "))
		switch string(field) {
		case "data":
			if hasData {
				e.Data = append(e.Data, '\n')
			}
			e.Data, hasData = append(e.Data, value...), true
		case "event":
			e.Name = string(value)
		}
	}
}

// line appends the next line with its end to raw. A line ends with LF or CRLF; a lone CR, which the standard allows too, is no end
// here: nobody sends it, and it would make the end of a line depend on a byte that may never come.
func (r *Reader) line(raw *[]byte) error {
	for {
		part, err := r.in.ReadSlice('\n')
		if len(*raw)+len(part) > r.max {
			return fmt.Errorf("%w: more than %d bytes", ErrTooLong, r.max)
		}
		*raw = append(*raw, part...)
		if err == nil || !errors.Is(err, bufio.ErrBufferFull) {
			return err
		}
	}
}

func blank(raw []byte) bool { return len(bytes.Trim(raw, "\r\n")) == 0 }
