package wire

import (
	"crypto/sha256"
	"encoding/json"
	"hash"
	"io"
	"strconv"

	"github.com/agon-chain/agon/internal/sse"
)

const (
	// ContentTypeStream is the content type of a streamed reply, sealed or not.
	ContentTypeStream = "text/event-stream"

	// EventReceipt is the name of the event that carries a stream's receipt.
	EventReceipt = "agon.receipt"

	// streamDone is the data of a stream's last event, as OpenAI has it.
	streamDone = "[DONE]"
)

// receiptData is the data of the receipt's event. Choices is empty, so that an OpenAI client that takes it for one more chunk finds nothing to
// show, as in a chunk that tells the usage.
type receiptData struct {
	Object  string     `json:"object"`
	Choices []struct{} `json:"choices"`
	Receipt string     `json:"receipt"`
	// What the stream cost, and all calls on its channel; absent where nothing was paid.
	Cost  string `json:"cost,omitempty"`
	Spent string `json:"spent,omitempty"`
}

// StreamWriter writes a reply as server-sent events and hashes them for the receipt. Not safe for concurrent use.
type StreamWriter struct {
	out  io.Writer
	seal *ResponseSealer
	sum  hash.Hash
	size int64
	buf  []byte
}

// NewStreamWriter writes to out, one Write for each event, each event sealed where seal is not nil.
func NewStreamWriter(out io.Writer, seal *ResponseSealer) *StreamWriter {
	return &StreamWriter{out: out, seal: seal, sum: sha256.New()}
}

// Event writes the data of one event.
func (s *StreamWriter) Event(data []byte) error {
	if s.seal != nil {
		record, err := s.seal.Seal(data, false)
		if err != nil {
			return err
		}
		data = []byte(text.EncodeToString(record))
	}
	return s.write(data)
}

// End ends the events: a sealed stream gets its end record.
func (s *StreamWriter) End() error {
	if s.seal == nil {
		return nil
	}
	record, err := s.seal.Seal(nil, true)
	if err != nil {
		return err
	}
	return s.write([]byte(text.EncodeToString(record)))
}

// Fail writes an error in place of the events that do not come, in the clear and without a sealed stream's end.
func (s *StreamWriter) Fail(e *APIError) error {
	data, err := json.Marshal(apiErrorBody{e})
	if err != nil {
		return err
	}
	return s.write(data)
}

// Finish writes the signed receipt and the stream's last event. Nothing may be written after it.
func (s *StreamWriter) Finish(r *Receipt) error { return s.FinishPaid(r, nil) }

// FinishPaid is Finish for a stream that was paid for, and says what it cost.
func (s *StreamWriter) FinishPaid(r *Receipt, paid *Charge) error {
	data, err := r.event(paid)
	if err != nil {
		return err
	}
	_, err = s.out.Write(sse.Append(data, "", []byte(streamDone)))
	return err
}

func (s *StreamWriter) write(data []byte) error {
	s.buf = sse.Append(s.buf[:0], "", data)
	s.sum.Write(s.buf)
	s.size += int64(len(s.buf))
	_, err := s.out.Write(s.buf)
	return err
}

// Hash is SHA-256 of all bytes written so far: after the last event, the receipt's ResponseHash.
func (s *StreamWriter) Hash() Hash { return Hash(s.sum.Sum(nil)) }

// Size is how many bytes were written so far.
func (s *StreamWriter) Size() int64 { return s.size }

// Event is the receipt as the event that stands at the end of a stream that cost nothing.
func (r *Receipt) Event() ([]byte, error) { return r.event(nil) }

// EventPaid is [Receipt.Event] of a stream that was paid for; nil for one that was free.
func (r *Receipt) EventPaid(paid *Charge) ([]byte, error) { return r.event(paid) }

func (r *Receipt) event(paid *Charge) ([]byte, error) {
	d := receiptData{Object: EventReceipt, Choices: []struct{}{}, Receipt: r.String()}
	if paid != nil {
		d.Cost, d.Spent = strconv.FormatUint(paid.Cost, 10), strconv.FormatUint(paid.Spent, 10)
	}
	data, err := json.Marshal(d)
	if err != nil {
		return nil, err
	}
	return sse.Append(nil, EventReceipt, data), nil
}
