package scenario

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"

	"github.com/agon-chain/agon/x/scoring/yuma"
)

// Row is a sparse row: pairs of uid and value, [[uid, value], ...].
type Row []yuma.Entry

// MarshalJSON implements json.Marshaler.
func (r Row) MarshalJSON() ([]byte, error) {
	pairs := make([][2]uint16, len(r))
	for k, e := range r {
		pairs[k] = [2]uint16{e.UID, e.Value}
	}
	return json.Marshal(pairs)
}

// UnmarshalJSON implements json.Unmarshaler.
func (r *Row) UnmarshalJSON(data []byte) error {
	var pairs [][]uint16
	if err := json.Unmarshal(data, &pairs); err != nil {
		return err
	}
	*r = make(Row, len(pairs))
	for k, p := range pairs {
		if len(p) != 2 {
			return fmt.Errorf("entry %d of a row has %d numbers, want a uid and a value", k, len(p))
		}
		(*r)[k] = yuma.Entry{UID: p[0], Value: p[1]}
	}
	return nil
}

// Rows are sparse rows by uid, {"uid": row, ...}. Rows without entries are left out.
type Rows []Row

func newRows(rows [][]yuma.Entry) Rows {
	out := make(Rows, len(rows))
	for i, row := range rows {
		out[i] = row
	}
	return out
}

// MarshalJSON implements json.Marshaler, in order of uid.
func (r Rows) MarshalJSON() ([]byte, error) {
	b := bytes.NewBufferString("{")
	for uid, row := range r {
		if len(row) == 0 {
			continue
		}
		if b.Len() > 1 {
			b.WriteByte(',')
		}
		pairs, err := json.Marshal(row)
		if err != nil {
			return nil, err
		}
		b.WriteString(strconv.Quote(strconv.Itoa(uid)) + ":")
		b.Write(pairs)
	}
	b.WriteByte('}')
	return b.Bytes(), nil
}

// UnmarshalJSON implements json.Unmarshaler.
func (r *Rows) UnmarshalJSON(data []byte) error {
	var byUID map[uint16]Row
	if err := json.Unmarshal(data, &byUID); err != nil {
		return err
	}
	*r = nil
	for _, uid := range slices.Sorted(maps.Keys(byUID)) {
		for len(*r) < int(uid) {
			*r = append(*r, nil)
		}
		*r = append(*r, byUID[uid])
	}
	return nil
}

// of gives each of n uids its row.
func (r Rows) of(name string, n int) ([][]yuma.Entry, error) {
	if len(r) > n {
		return nil, fmt.Errorf("%w: %s has a row of uid %d, below %d expected: there are %d stakes", ErrFormat, name, len(r)-1, n, n)
	}
	out := make([][]yuma.Entry, n)
	for uid, row := range r {
		out[uid] = row
	}
	return out, nil
}
