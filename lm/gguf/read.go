package gguf

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
)

const magic = "GGUF"

// Read reads the head of a file of size bytes. It keeps r, for the tensors.
func Read(r io.ReaderAt, size int64) (*File, error) {
	if size < 0 {
		return nil, fmt.Errorf("%w: size %d", ErrFormat, size)
	}
	d := &decoder{r: bufio.NewReaderSize(io.NewSectionReader(r, 0, size), 1<<16), left: uint64(size)}
	f := &File{data: r, size: size}
	if err := d.file(f); err != nil {
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			err = fmt.Errorf("%w: it ends in the middle of its head", ErrFormat)
		}
		return nil, err
	}
	return f, nil
}

// decoder reads forward; left is how many bytes of the file lie ahead.
type decoder struct {
	r    *bufio.Reader
	left uint64
	buf  [8]byte
}

func (d *decoder) bytes(n int) ([]byte, error) {
	if uint64(n) > d.left {
		return nil, io.ErrUnexpectedEOF
	}
	_, err := io.ReadFull(d.r, d.buf[:n])
	d.left -= uint64(n)
	return d.buf[:n], err
}

func (d *decoder) u32() (uint32, error) {
	b, err := d.bytes(4)
	if err != nil {
		return 0, err
	}
	return binary.LittleEndian.Uint32(b), nil
}

func (d *decoder) u64() (uint64, error) {
	b, err := d.bytes(8)
	if err != nil {
		return 0, err
	}
	return binary.LittleEndian.Uint64(b), nil
}

func (d *decoder) string(what string, limit uint64) (string, error) {
	n, err := d.u64()
	if err != nil {
		return "", err
	}
	if n > limit {
		return "", fmt.Errorf("%w: %s of %d bytes, at most %d", ErrFormat, what, n, limit)
	}
	if n > d.left {
		return "", fmt.Errorf("%w: %s of %d bytes, the file has %d left", ErrFormat, what, n, d.left)
	}
	b := make([]byte, n)
	_, err = io.ReadFull(d.r, b)
	d.left -= n
	return string(b), err
}

// count reads a number of things that take at least each bytes, so that no more is allocated than the file can fill.
func (d *decoder) count(what string, each uint64) (uint64, error) {
	n, err := d.u64()
	if err != nil {
		return 0, err
	}
	if n > d.left/each {
		return 0, fmt.Errorf("%w: %d %s of at least %d bytes, the file has %d left", ErrFormat, n, what, each, d.left)
	}
	return n, nil
}

func (d *decoder) file(f *File) error {
	b, err := d.bytes(4)
	if err != nil || string(b) != magic {
		return fmt.Errorf("%w: it does not begin with %q", ErrFormat, magic)
	}
	if f.Version, err = d.u32(); err != nil {
		return err
	}
	switch f.Version {
	case 2, 3:
	case 2 << 24, 3 << 24:
		return fmt.Errorf("%w: big-endian; convert it to little-endian", ErrFormat)
	default:
		return fmt.Errorf("%w: version %d, want 2 or 3; convert it with llama.cpp's newer tools", ErrFormat, f.Version)
	}
	// The counts of both tables come before either: a line of the tensor table has at least a name's length, one
	// byte of it, one dimension, type and offset.
	tensors, err := d.count("tensors", 8+1+4+8+4+8)
	if err != nil {
		return err
	}
	pairs, err := d.count("key-value pairs", 8+1+4+1)
	if err != nil {
		return err
	}
	if err := d.metadata(f, pairs); err != nil {
		return err
	}
	if err := d.table(f, tensors); err != nil {
		return err
	}
	return d.layout(f)
}

func (d *decoder) metadata(f *File, pairs uint64) error {
	f.Metadata = make([]KV, 0, pairs)
	f.keys = make(map[string]int, pairs)
	for range pairs {
		key, err := d.string("key", MaxKeyLen)
		if err != nil {
			return err
		}
		value, err := d.value(key)
		if err != nil {
			return err
		}
		if _, twice := f.keys[key]; twice || key == "" {
			return fmt.Errorf("%w: key %q is empty or stands there twice", ErrFormat, key)
		}
		f.keys[key] = len(f.Metadata)
		f.Metadata = append(f.Metadata, KV{key, value})
	}
	var err error
	f.alignment, err = alignment(f.Metadata)
	return err
}

// alignment is where tensors begin: the pair of that name, or 32.
func alignment(metadata []KV) (uint64, error) {
	for _, kv := range metadata {
		if kv.Key != Alignment {
			continue
		}
		a, ok := kv.Value.(uint32)
		if !ok || a == 0 || a > MaxAlignment || a&(a-1) != 0 {
			return 0, fmt.Errorf("%w: %s is %v (%T), want a power of two up to %d as uint32", ErrFormat, Alignment, kv.Value, kv.Value, MaxAlignment)
		}
		return uint64(a), nil
	}
	return defaultAlignment, nil
}

func (d *decoder) value(key string) (any, error) {
	t, err := d.u32()
	if err != nil {
		return nil, err
	}
	if ValueType(t) != TypeArray {
		return d.scalar(key, ValueType(t))
	}
	if t, err = d.u32(); err != nil {
		return nil, err
	}
	switch ValueType(t) {
	case TypeUint8:
		return array[uint8](d, key, t, 1)
	case TypeInt8:
		return array[int8](d, key, t, 1)
	case TypeUint16:
		return array[uint16](d, key, t, 2)
	case TypeInt16:
		return array[int16](d, key, t, 2)
	case TypeUint32:
		return array[uint32](d, key, t, 4)
	case TypeInt32:
		return array[int32](d, key, t, 4)
	case TypeFloat32:
		return array[float32](d, key, t, 4)
	case TypeBool:
		return array[bool](d, key, t, 1)
	case TypeString:
		return array[string](d, key, t, 8)
	case TypeUint64:
		return array[uint64](d, key, t, 8)
	case TypeInt64:
		return array[int64](d, key, t, 8)
	case TypeFloat64:
		return array[float64](d, key, t, 8)
	}
	return nil, fmt.Errorf("%w: key %q is an array of values of type %d, which is not supported", ErrFormat, key, t)
}

func array[T any](d *decoder, key string, t uint32, each uint64) (any, error) {
	n, err := d.count("elements of "+key, each)
	if err != nil {
		return nil, err
	}
	out := make([]T, n)
	for i := range out {
		v, err := d.scalar(key, ValueType(t))
		if err != nil {
			return nil, err
		}
		out[i] = v.(T)
	}
	return out, nil
}

// widths in bytes of the types that have one.
var widths = [...]int{
	TypeUint8: 1, TypeInt8: 1, TypeBool: 1, TypeUint16: 2, TypeInt16: 2, TypeUint32: 4, TypeInt32: 4, TypeFloat32: 4,
	TypeUint64: 8, TypeInt64: 8, TypeFloat64: 8,
}

func (d *decoder) scalar(key string, t ValueType) (any, error) {
	if t == TypeString {
		return d.string("value of "+key, math.MaxInt64)
	}
	width := 0
	if int(t) < len(widths) {
		width = widths[t]
	}
	if width == 0 {
		return nil, fmt.Errorf("%w: key %q is of type %d, which is not known", ErrFormat, key, uint32(t))
	}
	b, err := d.bytes(width)
	if err != nil {
		return nil, err
	}
	le := binary.LittleEndian
	switch t {
	case TypeUint8:
		return b[0], nil
	case TypeInt8:
		return int8(b[0]), nil
	case TypeBool:
		if b[0] > 1 {
			return nil, fmt.Errorf("%w: key %q is a bool of value %d", ErrFormat, key, b[0])
		}
		return b[0] == 1, nil
	case TypeUint16:
		return le.Uint16(b), nil
	case TypeInt16:
		return int16(le.Uint16(b)), nil
	case TypeUint32:
		return le.Uint32(b), nil
	case TypeInt32:
		return int32(le.Uint32(b)), nil
	case TypeFloat32:
		return math.Float32frombits(le.Uint32(b)), nil
	case TypeUint64:
		return le.Uint64(b), nil
	case TypeInt64:
		return int64(le.Uint64(b)), nil
	default:
		return math.Float64frombits(le.Uint64(b)), nil
	}
}

func (d *decoder) table(f *File, tensors uint64) error {
	f.Tensors = make([]Info, 0, tensors)
	f.names = make(map[string]int, tensors)
	var next uint64
	for range tensors {
		var t Info
		var err error
		if t.Name, err = d.string("tensor name", MaxNameLen); err != nil {
			return err
		}
		n, err := d.u32()
		if err != nil {
			return err
		}
		if n > MaxDims {
			return fmt.Errorf("%w: tensor %q has %d dimensions, want 1 to %d", ErrFormat, t.Name, n, MaxDims)
		}
		t.Dims = make([]uint64, n)
		for i := range t.Dims {
			if t.Dims[i], err = d.u64(); err != nil {
				return err
			}
		}
		kind, err := d.u32()
		if err != nil {
			return err
		}
		t.Type = TensorType(kind)
		if t.Offset, err = d.u64(); err != nil {
			return err
		}
		if t.Size, err = size(t.Name, t.Type, t.Dims, uint64(f.size)); err != nil {
			return err
		}
		if t.Offset != next {
			return fmt.Errorf("%w: tensor %q begins at %d of the data, want %d", ErrFormat, t.Name, t.Offset, next)
		}
		if _, twice := f.names[t.Name]; twice {
			return fmt.Errorf("%w: two tensors %q", ErrFormat, t.Name)
		}
		// Neither sum overflows: each is within the file, or one tensor and an alignment beyond it.
		if next = pad(next+t.Size, f.alignment); next > uint64(f.size)+f.alignment {
			return fmt.Errorf("%w: the tensors up to %q take %d bytes, the file has %d", ErrFormat, t.Name, next, f.size)
		}
		f.names[t.Name] = len(f.Tensors)
		f.Tensors = append(f.Tensors, t)
	}
	return nil
}

// layout places the data and checks that the file is filled by it, with zeros between.
func (d *decoder) layout(f *File) error {
	head := uint64(f.size) - d.left
	start := pad(head, f.alignment)
	f.start = int64(start)
	end := head // of what must be there
	gaps := [][2]uint64{{head, start}}
	for _, t := range f.Tensors {
		end = start + t.Offset + t.Size
		gaps = append(gaps, [2]uint64{end, start + pad(t.Offset+t.Size, f.alignment)})
	}
	padded := gaps[len(gaps)-1][1]
	if size := uint64(f.size); size != end && size != padded {
		return fmt.Errorf("%w: it has %d bytes, its tensors end at %d (%d with padding)", ErrFormat, size, end, padded)
	}
	zeros := make([]byte, min(f.alignment, uint64(f.size)))
	for _, g := range gaps {
		b := zeros[:min(g[1], uint64(f.size))-g[0]]
		if err := readAt(f.data, b, g[0]); err != nil {
			return err
		}
		for i, x := range b {
			if x != 0 {
				return fmt.Errorf("%w: byte %d is padding and not zero", ErrFormat, g[0]+uint64(i))
			}
		}
	}
	return nil
}

// readAt fills b; only less than all of it is an error.
func readAt(r io.ReaderAt, b []byte, offset uint64) error {
	n, err := r.ReadAt(b, int64(offset))
	if n == len(b) {
		return nil
	}
	if err == nil || errors.Is(err, io.EOF) {
		err = io.ErrUnexpectedEOF
	}
	return fmt.Errorf("%d bytes at %d: %w", len(b), offset, err)
}
