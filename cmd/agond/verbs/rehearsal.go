package verbs

import (
	abci "github.com/cometbft/cometbft/abci/types"
	"github.com/cosmos/gogoproto/proto"

	txtypes "github.com/cosmos/cosmos-sdk/types/tx"

	"github.com/agon-chain/agon/chain"
)

// look has the plan read what a rehearsal on the node showed.
func (p *plan) look(rehearsed *txtypes.SimulateResponse) error {
	if p.foresee == nil || rehearsed.GetResult() == nil {
		return nil
	}
	lines, warn, err := p.foresee(chain.TxResult{Events: rehearsed.Result.Events, Responses: rehearsed.Result.MsgResponses})
	if err != nil {
		return err
	}
	p.expect = append(p.expect, lines...)
	if warn != "" {
		p.warn = warn
	}
	return nil
}

// happenings are the events of one type of a transaction, in order.
func happenings[T any, P interface {
	*T
	proto.Message
}](r chain.TxResult) []T {
	var out []T
	for _, e := range r.Events {
		var one T
		if (chain.TxResult{Events: []abci.Event{e}}).TypedEvent(P(&one)) {
			out = append(out, one)
		}
	}
	return out
}
