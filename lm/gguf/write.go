package gguf

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"reflect"
)

// version of what Write writes.
const version = 3

// Write writes a file of version 3. Nothing is written if the metadata or a tensor cannot be: ErrFormat, ErrType.
func Write(w io.Writer, metadata []KV, tensors []Tensor) error {
	h := head{version: version, metadata: metadata}
	var err error
	if h.alignment, err = alignment(metadata); err != nil {
		return err
	}
	var next uint64
	for _, t := range tensors {
		n, err := size(t.Name, t.Type, t.Dims, math.MaxInt64)
		if err != nil {
			return err
		}
		if n != uint64(len(t.Data)) {
			return fmt.Errorf("%w: tensor %q has %d bytes, its dimensions %v of %v take %d", ErrFormat, t.Name, len(t.Data), t.Dims, t.Type, n)
		}
		h.tensors = append(h.tensors, Info{Name: t.Name, Dims: t.Dims, Type: t.Type, Offset: next, Size: n})
		next = pad(next+n, h.alignment)
	}
	if err := h.check(); err != nil {
		return err
	}
	out := &counter{w: bufio.NewWriter(w)}
	err = h.encode(out)
	for i := 0; i < len(tensors) && err == nil; i++ {
		data := tensors[i].Data
		if _, err = out.Write(data); err == nil {
			err = out.zeros(pad(uint64(len(data)), h.alignment) - uint64(len(data)))
		}
	}
	return errors.Join(err, out.w.Flush())
}

// head is all of a file before its data.
type head struct {
	version   uint32
	alignment uint64
	metadata  []KV
	tensors   []Info
}

// check finds what the reader would refuse.
func (h head) check() error {
	keys := map[string]bool{}
	for _, kv := range h.metadata {
		if kv.Key == "" || len(kv.Key) > MaxKeyLen {
			return fmt.Errorf("%w: key of %d bytes, want 1 to %d", ErrFormat, len(kv.Key), MaxKeyLen)
		}
		if keys[kv.Key] {
			return fmt.Errorf("%w: key %q stands there twice", ErrFormat, kv.Key)
		}
		keys[kv.Key] = true
		if _, _, ok := typeOf(kv.Value); !ok {
			return fmt.Errorf("%w: key %q has a value of Go type %T", ErrType, kv.Key, kv.Value)
		}
	}
	names := map[string]bool{}
	for _, t := range h.tensors {
		if names[t.Name] {
			return fmt.Errorf("%w: two tensors %q", ErrFormat, t.Name)
		}
		names[t.Name] = true
	}
	return nil
}

func (h head) encode(out *counter) error {
	b := append([]byte(nil), magic...)
	b = binary.LittleEndian.AppendUint32(b, h.version)
	b = binary.LittleEndian.AppendUint64(b, uint64(len(h.tensors)))
	b = binary.LittleEndian.AppendUint64(b, uint64(len(h.metadata)))
	if _, err := out.Write(b); err != nil {
		return err
	}
	for _, kv := range h.metadata {
		t, array, _ := typeOf(kv.Value)
		b = appendString(b[:0], kv.Key)
		if array {
			b = binary.LittleEndian.AppendUint32(b, uint32(TypeArray))
		}
		b = appendValue(binary.LittleEndian.AppendUint32(b, uint32(t)), kv.Value)
		if _, err := out.Write(b); err != nil {
			return err
		}
	}
	for _, t := range h.tensors {
		b = binary.LittleEndian.AppendUint32(appendString(b[:0], t.Name), uint32(len(t.Dims)))
		for _, d := range t.Dims {
			b = binary.LittleEndian.AppendUint64(b, d)
		}
		b = binary.LittleEndian.AppendUint64(binary.LittleEndian.AppendUint32(b, uint32(t.Type)), t.Offset)
		if _, err := out.Write(b); err != nil {
			return err
		}
	}
	return out.zeros(pad(out.n, h.alignment) - out.n)
}

func appendString(b []byte, s string) []byte {
	return append(binary.LittleEndian.AppendUint64(b, uint64(len(s))), s...)
}

func appendValue(b []byte, v any) []byte {
	if s, ok := v.(string); ok {
		return appendString(b, s)
	}
	if _, array, _ := typeOf(v); array {
		n := reflect.ValueOf(v).Len()
		b = binary.LittleEndian.AppendUint64(b, uint64(n))
	}
	if list, ok := v.([]string); ok {
		for _, s := range list {
			b = appendString(b, s)
		}
		return b
	}
	// All else has a fixed width, which package binary writes as it lies in Go; check has let nothing else through.
	b, err := binary.Append(b, binary.LittleEndian, v)
	if err != nil {
		panic(fmt.Sprintf("gguf: a value of Go type %T has no width: %v", v, err))
	}
	return b
}

// counter counts what goes through.
type counter struct {
	w *bufio.Writer
	n uint64
}

func (c *counter) Write(b []byte) (int, error) {
	n, err := c.w.Write(b)
	c.n += uint64(n)
	return n, err
}

func (c *counter) zeros(n uint64) error {
	var chunk [4096]byte
	for n > 0 {
		k, err := c.Write(chunk[:min(n, uint64(len(chunk)))])
		if err != nil {
			return err
		}
		n -= uint64(k)
	}
	return nil
}
