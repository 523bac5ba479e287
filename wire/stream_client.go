package wire

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"time"

	"github.com/agon-chain/agon/internal/sse"
)

// maxReceiptEvent bounds the event of the receipt, beyond what the events before it may take.
const maxReceiptEvent = 4096

// Stream sends the call and gives onEvent the data of each event as it comes, opened where call.Opener is set. It must not keep
// the slice. Events are seen before their receipt: only a nil error says that all of them are the miner's, in order and to the end.
// An error from onEvent ends the call and is returned as it is. The reply's Body is the stream up to the receipt.
//
// A stream that ends without its receipt is [ErrTruncated]; one that the miner gave up is an [*APIError] with the status that the receipt has.
// An error before the first event is an [*APIError] as with [Client.Do]; another reply that is no stream is [ErrNoStream], with its
// receipt. The other errors are those of Do, and [ErrSealed].
func (c *Client) Stream(ctx context.Context, call Call, onEvent func(data []byte) error) (*Reply, error) {
	ctx, cancel := context.WithTimeout(ctx, c.opts.Timeout)
	defer cancel()
	reply, resp, start, err := c.send(ctx, call, ContentTypeStream)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	given := resp.Header.Get("Content-Type")
	if typ, _, err := mime.ParseMediaType(given); !reply.ok() || err != nil || typ != ContentTypeStream {
		call.OnData = nil
		if err := c.take(reply, resp, call, start); err != nil {
			return reply, err
		}
		return reply, fmt.Errorf("reply of miner %s: %w: Content-Type is %.64q, want %s", call.To, ErrNoStream, given, ContentTypeStream)
	}
	s := streamTaker{reply: reply, call: call, chainID: c.opts.ChainID, limit: c.opts.MaxReply}
	err = s.take(ctx, resp.Body, onEvent)
	reply.Latency = time.Since(start)
	if err == nil || s.asIs {
		return reply, err
	}
	return reply, fmt.Errorf("stream of miner %s: %w", call.To, err)
}

// streamTaker reads one stream.
type streamTaker struct {
	reply   *Reply
	call    Call
	chainID string
	limit   int64
	failed  *APIError // the miner gave up
	asIs    bool      // the error is the caller's own or the miner's word, and needs no wrapping
}

func (s *streamTaker) take(ctx context.Context, body io.Reader, onEvent func([]byte) error) error {
	in := sse.NewReader(body, int(s.limit)+maxReceiptEvent)
	tooLarge := fmt.Errorf("%w: more than %d bytes", ErrReplyTooLarge, s.limit)
	for n := 0; ; n++ {
		e, err := in.Next()
		switch {
		case errors.Is(err, sse.ErrTooLong):
			return tooLarge
		case err != nil && ctx.Err() != nil:
			return ctx.Err()
		case err != nil:
			return fmt.Errorf("%w: after %d events: %w", ErrTruncated, n, err)
		case e.Name == EventReceipt:
			return s.takeReceipt(e.Data)
		case int64(len(s.reply.Body)+len(e.Raw)) > s.limit:
			return tooLarge
		case s.failed != nil:
			return fmt.Errorf("%w: an event stands between an error and the receipt", ErrReceiptMismatch)
		case string(e.Data) == streamDone:
			return ErrNoReceipt
		}
		s.reply.Body = append(s.reply.Body, e.Raw...)
		if s.failed = streamError(e.Data); s.failed != nil {
			continue
		}
		data, end, err := s.open(e.Data)
		if err != nil {
			return err
		}
		if end || onEvent == nil {
			continue
		}
		if err := onEvent(data); err != nil {
			s.asIs = true
			return err
		}
	}
}

// open opens the event of a sealed stream.
func (s *streamTaker) open(data []byte) (event []byte, end bool, err error) {
	if s.call.Opener == nil {
		return data, false, nil
	}
	record := make([]byte, text.DecodedLen(len(data)))
	n, err := text.Decode(record, data)
	if err != nil {
		return nil, false, fmt.Errorf("%w: event is not unpadded base64url: %w", ErrSealed, err)
	}
	return s.call.Opener.Open(record[:n])
}

// takeReceipt judges the whole by its receipt. A stream that the miner gave up has a receipt with the status of an error, so that it
// counts for no examination.
func (s *streamTaker) takeReceipt(data []byte) error {
	var d receiptData
	if err := json.Unmarshal(data, &d); err != nil {
		return fmt.Errorf("%w: %w", ErrReceipt, err)
	}
	rec, err := ParseReceipt(d.Receipt)
	if err != nil {
		return err
	}
	if err := rec.Verify(s.call.ServiceKey); err != nil {
		return err
	}
	status := s.reply.Status
	if s.failed != nil {
		if status = int(rec.Status); status < 400 {
			return fmt.Errorf("%w: status %d of a stream that ends with an error", ErrReceiptMismatch, status)
		}
	}
	if err := rec.Matches(s.reply.Request, s.chainID, s.call.Netuid, status, s.reply.Body); err != nil {
		return err
	}
	s.reply.Receipt = &rec
	if d.Cost != "" || d.Spent != "" {
		if s.reply.Charge, err = newCharge(d.Cost, d.Spent); err != nil {
			return err
		}
	}
	if s.failed != nil {
		s.failed.Status, s.asIs = status, true
		return s.failed
	}
	if s.call.Opener != nil {
		return s.call.Opener.Close()
	}
	return nil
}

// streamError reads an event that says why the rest does not come.
func streamError(data []byte) *APIError {
	if !bytes.HasPrefix(data, []byte(`{"error":`)) {
		return nil
	}
	return ParseAPIError(0, data)
}
