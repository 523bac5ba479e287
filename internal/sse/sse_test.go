package sse_test

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/require"

	"github.com/agon-chain/agon/internal/sse"
)

func readAll(r io.Reader, limit int) (events []sse.Event, err error) {
	in := sse.NewReader(r, limit)
	for {
		e, err := in.Next()
		if err != nil {
			return events, err
		}
		events = append(events, e)
	}
}

func TestReads(t *testing.T) {
	for name, tc := range map[string]struct {
		in   string
		want []string // name|data
		end  error
	}{
		"nothing":            {"", nil, io.EOF},
		"two":                {"data: a\n\ndata:b\n\n", []string{"|a", "|b"}, io.EOF},
		"named":              {"event: x\ndata: a\n\ndata: b\n\n", []string{"x|a", "|b"}, io.EOF},
		"windows-lines":      {"event: x\r\ndata: a\r\n\r\n", []string{"x|a"}, io.EOF},
		"lines-of-data":      {"data: a\ndata:  b\ndata\n\n", []string{"|a\n b\n"}, io.EOF},
		"comments":           {": hello\n\n:\ndata: a\n: in between\n\n", []string{"|a"}, io.EOF},
		"other-fields":       {"id: 4\nretry: 5\nwhat: 6\ndata: a\n\n", []string{"|a"}, io.EOF},
		"name-without-data":  {"event: x\n\ndata: a\n\n", []string{"|a"}, io.EOF},
		"byte-order-mark":    {"\ufeffdata: a\n\n", []string{"|a"}, io.EOF},
		"trailing-blanks":    {"data: a\n\n\n\r\n", []string{"|a"}, io.EOF},
		"cut-in-a-line":      {"data: a\n\nda", []string{"|a"}, io.ErrUnexpectedEOF},
		"cut-before-the-end": {"data: a\n", nil, io.ErrUnexpectedEOF},
		"too-long":           {"data: " + strings.Repeat("x", 100) + "\n\n", nil, sse.ErrTooLong},
		"too-long-in-all":    {strings.Repeat(": xxxxxxxx\n", 10), nil, sse.ErrTooLong},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := readAll(iotest.OneByteReader(strings.NewReader(tc.in)), 100)
			require.ErrorIs(t, err, tc.end)
			var have []string
			for _, e := range got {
				have = append(have, e.Name+"|"+string(e.Data))
			}
			require.Equal(t, tc.want, have)
		})
	}
	broken := errors.New("broken")
	_, err := readAll(io.MultiReader(strings.NewReader("data: a\n"), iotest.ErrReader(broken)), 100)
	require.ErrorIs(t, err, broken)
}

// Whatever is written is read again, and the raw bytes of the events are the stream's.
func FuzzRoundTrip(f *testing.F) {
	f.Add("", []byte("a"), []byte("b\nc"))
	f.Add("agon.receipt", []byte(""), []byte("\n"))
	f.Add("x", []byte("\r"), []byte(": no comment"))
	f.Fuzz(func(t *testing.T, name string, a, b []byte) {
		if strings.ContainsAny(name, "\r\n") || bytes.HasPrefix([]byte(name), []byte(" ")) {
			t.Skip()
		}
		stream := sse.Append(sse.Append(nil, name, a), "", b)
		got, err := readAll(bytes.NewReader(stream), len(stream))
		require.ErrorIs(t, err, io.EOF)
		require.Len(t, got, 2)
		require.Equal(t, name, got[0].Name)
		// An end of line is LF, so CRs before it are taken for a part of it.
		trim := func(b []byte) string {
			lines := strings.Split(string(b), "\n")
			for i, l := range lines {
				lines[i] = strings.TrimRight(l, "\r")
			}
			return strings.Join(lines, "\n")
		}
		require.Equal(t, trim(a), string(got[0].Data))
		require.Equal(t, trim(b), string(got[1].Data))
		require.Equal(t, stream, append(got[0].Raw, got[1].Raw...))
	})
}

// Anything at all can be read: no panic, and no event of more than the bound.
func FuzzReader(f *testing.F) {
	f.Add([]byte("data: a\n\nevent: x\ndata: b\n\n"))
	f.Add([]byte("\ufeff:\r\n\r\ndata\n\n"))
	f.Fuzz(func(t *testing.T, in []byte) {
		got, err := readAll(bytes.NewReader(in), 64)
		require.Error(t, err)
		var raw []byte
		for _, e := range got {
			require.LessOrEqual(t, len(e.Raw), 64)
			raw = append(raw, e.Raw...)
		}
		require.True(t, bytes.HasPrefix(in, raw))
	})
}
