package train

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
)

// ErrCheckpoint is wrapped by every refusal of a checkpoint.
var ErrCheckpoint = errors.New("checkpoint")

// A checkpoint is, integers little-endian:
//
//	magic "AGONTRN1"           8
//	length of the head         4
//	head, JSON                 {"run", "step", "updates"}
//	weights, first moments, second moments: float32, each in the order of Params.Flat
//	SHA-256 of all before     32
const (
	checkpointMagic = "AGONTRN1"
	maxHead         = 1 << 16
)

type checkpointHead struct {
	Run     Run `json:"run"`
	Step    int `json:"step"`
	Updates int `json:"updates"`
}

// Marshal writes a run and its state as bytes.
func (s State) Marshal(r Run) ([]byte, error) {
	head, err := json.Marshal(checkpointHead{r, s.Step, s.Moments.Updates})
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrCheckpoint, err)
	}
	out := append([]byte(checkpointMagic), 0, 0, 0, 0)
	binary.LittleEndian.PutUint32(out[8:], uint32(len(head)))
	out = append(out, head...)
	for _, part := range [][]float32{s.Params.Flat, s.Moments.First, s.Moments.Second} {
		for _, v := range part {
			out = binary.LittleEndian.AppendUint32(out, math.Float32bits(v))
		}
	}
	sum := sha256.Sum256(out)
	return append(out, sum[:]...), nil
}

// UnmarshalState reads what Marshal wrote. It allocates no more than the data is long.
func UnmarshalState(data []byte) (Run, State, error) {
	fail := func(format string, args ...any) (Run, State, error) {
		return Run{}, State{}, fmt.Errorf("%w: "+format, append([]any{ErrCheckpoint}, args...)...)
	}
	if len(data) < 12+sha256.Size || string(data[:8]) != checkpointMagic {
		return fail("%d bytes without the beginning %q", len(data), checkpointMagic)
	}
	body, sum := data[:len(data)-sha256.Size], data[len(data)-sha256.Size:]
	if got := sha256.Sum256(body); !bytes.Equal(got[:], sum) {
		return fail("its SHA-256 is another than it says: it was cut or changed; take an older one")
	}
	n := int(binary.LittleEndian.Uint32(body[8:]))
	if n > maxHead || n > len(body)-12 {
		return fail("head of %d bytes, at most %d and what is there", n, maxHead)
	}
	var head checkpointHead
	dec := json.NewDecoder(bytes.NewReader(body[12 : 12+n]))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&head); err != nil {
		return fail("head: %w", err)
	}
	if err := head.Run.Validate(); err != nil {
		return fail("%w", err)
	}
	if head.Step < 0 || head.Step > MaxSteps || head.Updates < 0 || head.Updates > MaxSteps {
		return fail("step %d and %d updates, must be from 0 to %d", head.Step, head.Updates, MaxSteps)
	}
	body = body[12+n:]
	if want := 3 * 4 * head.Run.Config.Parameters(); len(body) != want {
		return fail("%d bytes of numbers, the shape wants %d", len(body), want)
	}
	p, err := NewParams(head.Run.Config)
	if err != nil {
		return fail("%w", err)
	}
	s := State{Params: p, Moments: NewMoments(p), Step: head.Step}
	s.Moments.Updates = head.Updates
	for _, part := range [][]float32{p.Flat, s.Moments.First, s.Moments.Second} {
		for i := range part {
			part[i] = math.Float32frombits(binary.LittleEndian.Uint32(body[4*i:]))
		}
		body = body[4*len(part):]
	}
	return head.Run, s, nil
}

// Save writes a checkpoint to a file, which holds either what it held or all of the new one.
func (s State) Save(path string, r Run) error {
	data, err := s.Marshal(r)
	if err != nil {
		return err
	}
	f, err := os.CreateTemp(filepath.Dir(path), ".checkpoint-")
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	if err = errors.Join(err, f.Sync(), f.Close()); err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	return nil
}

// LoadState reads a checkpoint from a file.
func LoadState(path string) (Run, State, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return Run{}, State{}, err
	}
	return UnmarshalState(data)
}
