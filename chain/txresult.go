package chain

import (
	"encoding/hex"
	"fmt"
	"strings"

	abci "github.com/cometbft/cometbft/abci/types"
	"github.com/cosmos/gogoproto/proto"

	codectypes "github.com/cosmos/cosmos-sdk/codec/types"
	sdk "github.com/cosmos/cosmos-sdk/types"
)

// TxResult is what a block says of an included transaction.
type TxResult struct {
	// Hash of the transaction, upper-case hexadecimal.
	Hash string
	// Height of the block.
	Height int64
	// GasWanted is the limit that was paid for, GasUsed what was needed.
	GasUsed, GasWanted int64
	// Events of the fee and of all messages, in order.
	Events []abci.Event
	// Responses of the messages, in order.
	Responses []*codectypes.Any

	code            uint32
	codespace, text string
}

func newTxResult(hash []byte, height int64, r *abci.ExecTxResult) (TxResult, error) {
	out := TxResult{
		Hash:      strings.ToUpper(hex.EncodeToString(hash)),
		Height:    height,
		GasUsed:   r.GasUsed,
		GasWanted: r.GasWanted,
		Events:    r.Events,
		code:      r.Code,
		codespace: r.Codespace,
		text:      r.Log,
	}
	var data sdk.TxMsgData
	if err := proto.Unmarshal(r.Data, &data); err != nil {
		return TxResult{}, fmt.Errorf("%w: result of %s: %w", ErrMalformed, out.Hash, err)
	}
	out.Responses = data.MsgResponses
	return out, nil
}

// TypedEvent fills event, a pointer to one of the modules' event messages, with the first of its type. It returns false
// if there is none or if it cannot be read.
func (r TxResult) TypedEvent(event proto.Message) bool {
	name := proto.MessageName(event)
	for _, e := range r.Events {
		if e.Type != name {
			continue
		}
		attributes := make([]abci.EventAttribute, 0, len(e.Attributes))
		for _, a := range e.Attributes {
			// The two that the chain adds to each event are no fields of it, and not JSON.
			if a.Key != "msg_index" && a.Key != "mode" {
				attributes = append(attributes, a)
			}
		}
		found, err := sdk.ParseTypedEvent(abci.Event{Type: e.Type, Attributes: attributes})
		if err != nil {
			return false
		}
		event.Reset()
		proto.Merge(event, found)
		return true
	}
	return false
}

// Response fills into with the response of message i of the transaction. The error is ErrMalformed if there is no such
// response or if it is of another type.
func Response(r TxResult, i int, into proto.Message) error {
	if i < 0 || i >= len(r.Responses) {
		return fmt.Errorf("%w: %s has %d responses, asked for number %d", ErrMalformed, r.Hash, len(r.Responses), i)
	}
	a := r.Responses[i]
	if want := "/" + proto.MessageName(into); a.TypeUrl != want {
		return fmt.Errorf("%w: response %d of %s is %s, not %s", ErrMalformed, i, r.Hash, a.TypeUrl, want)
	}
	if err := proto.Unmarshal(a.Value, into); err != nil {
		return fmt.Errorf("%w: response %d of %s: %w", ErrMalformed, i, r.Hash, err)
	}
	return nil
}
