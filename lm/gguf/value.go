package gguf

import (
	"fmt"
	"math"
)

// ValueType is the type of a value in the file.
type ValueType uint32

// Types of values, numbered as in the file.
const (
	TypeUint8   ValueType = 0
	TypeInt8    ValueType = 1
	TypeUint16  ValueType = 2
	TypeInt16   ValueType = 3
	TypeUint32  ValueType = 4
	TypeInt32   ValueType = 5
	TypeFloat32 ValueType = 6
	TypeBool    ValueType = 7
	TypeString  ValueType = 8
	TypeArray   ValueType = 9
	TypeUint64  ValueType = 10
	TypeInt64   ValueType = 11
	TypeFloat64 ValueType = 12
)

// KV is one pair of the metadata. Value is one of uint8, int8, uint16, int16, uint32, int32, float32, bool, string, uint64,
// int64, float64, or a slice of one of these; the Go type decides the type in the file.
type KV struct {
	Key   string
	Value any
}

// Alignment is the key that sets where tensors begin.
const Alignment = "general.alignment"

// MaxAlignment is the largest alignment in bytes: beyond a page there is nothing to gain, and padding must stay small.
const MaxAlignment = 1 << 20

const defaultAlignment = 32

// typeOf is the type of a value, and whether it is an array of them.
func typeOf(v any) (t ValueType, array, ok bool) {
	switch v.(type) {
	case uint8:
		return TypeUint8, false, true
	case int8:
		return TypeInt8, false, true
	case uint16:
		return TypeUint16, false, true
	case int16:
		return TypeInt16, false, true
	case uint32:
		return TypeUint32, false, true
	case int32:
		return TypeInt32, false, true
	case float32:
		return TypeFloat32, false, true
	case bool:
		return TypeBool, false, true
	case string:
		return TypeString, false, true
	case uint64:
		return TypeUint64, false, true
	case int64:
		return TypeInt64, false, true
	case float64:
		return TypeFloat64, false, true
	case []uint8:
		return TypeUint8, true, true
	case []int8:
		return TypeInt8, true, true
	case []uint16:
		return TypeUint16, true, true
	case []int16:
		return TypeInt16, true, true
	case []uint32:
		return TypeUint32, true, true
	case []int32:
		return TypeInt32, true, true
	case []float32:
		return TypeFloat32, true, true
	case []bool:
		return TypeBool, true, true
	case []string:
		return TypeString, true, true
	case []uint64:
		return TypeUint64, true, true
	case []int64:
		return TypeInt64, true, true
	case []float64:
		return TypeFloat64, true, true
	}
	return 0, false, false
}

// Lookup is the value of a key.
func (f *File) Lookup(key string) (any, bool) {
	i, ok := f.keys[key]
	if !ok {
		return nil, false
	}
	return f.Metadata[i].Value, true
}

// Get is the value of a key, which must be a T, exactly. ErrMissing, ErrType.
func Get[T any](f *File, key string) (T, error) {
	var zero T
	v, ok := f.Lookup(key)
	if !ok {
		return zero, fmt.Errorf("key %q: %w", key, ErrMissing)
	}
	t, ok := v.(T)
	if !ok {
		return zero, fmt.Errorf("key %q is a %T, want %T: %w", key, v, zero, ErrType)
	}
	return t, nil
}

// Uint is the value of a key that holds an integer of any width, at most max. ErrMissing, ErrType.
func (f *File) Uint(key string, limit uint64) (uint64, error) {
	v, ok := f.Lookup(key)
	if !ok {
		return 0, fmt.Errorf("key %q: %w", key, ErrMissing)
	}
	var n uint64
	signed := int64(0)
	switch v := v.(type) {
	case uint8:
		n = uint64(v)
	case uint16:
		n = uint64(v)
	case uint32:
		n = uint64(v)
	case uint64:
		n = v
	case int8:
		signed = int64(v)
	case int16:
		signed = int64(v)
	case int32:
		signed = int64(v)
	case int64:
		signed = v
	default:
		return 0, fmt.Errorf("key %q is a %T, want an integer: %w", key, v, ErrType)
	}
	if signed < 0 {
		return 0, fmt.Errorf("key %q is %d, want at least 0: %w", key, signed, ErrType)
	}
	if n += uint64(signed); n > limit {
		return 0, fmt.Errorf("key %q is %d, at most %d: %w", key, n, limit, ErrType)
	}
	return n, nil
}

// Float is the value of a key that holds a finite float of either width. ErrMissing, ErrType.
func (f *File) Float(key string) (float64, error) {
	v, ok := f.Lookup(key)
	if !ok {
		return 0, fmt.Errorf("key %q: %w", key, ErrMissing)
	}
	var x float64
	switch v := v.(type) {
	case float32:
		x = float64(v)
	case float64:
		x = v
	default:
		return 0, fmt.Errorf("key %q is a %T, want a float: %w", key, v, ErrType)
	}
	if math.IsNaN(x) || math.IsInf(x, 0) {
		return 0, fmt.Errorf("key %q is %v, want a finite number: %w", key, x, ErrType)
	}
	return x, nil
}
