package chain

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"

	cmttypes "github.com/cometbft/cometbft/types"

	sdkerrors "github.com/cosmos/cosmos-sdk/types/errors"
)

// signed is a transaction on its way into a block.
type signed struct {
	bytes, hash []byte
	sequence    uint64
	// born is a height that was committed before it was signed, timeout the last height that may include it.
	born, timeout int64
}

func newSigned(bytes []byte, sequence uint64, born, timeout int64) signed {
	return signed{bytes: bytes, hash: cmttypes.Tx(bytes).Hash(), sequence: sequence, born: born, timeout: timeout}
}

func (s signed) name() string { return strings.ToUpper(hex.EncodeToString(s.hash)) }

// delivery is what is known of a signed transaction while it is on its way.
type delivery struct {
	signed
	sent    bool     // whether some mempool may hold it
	due     bool     // whether it is to be broadcast (again) before the next block
	at      int64    // the height at the last broadcast
	suspect bool     // whether the node said that its sequence is used or its time over
	refused *Refusal // the last refusal after it was sent
	doubts  int      // how often the node could not verify the signature
}

// maxDoubts is how many blocks a signature that the node cannot verify gets. A node that has just started checks
// transactions against account number 0 until its first block, and so refuses good ones.
const maxDoubts = 3

// settle brings the signed bytes into a block and says what came of them. It returns errAgain once it is certain that they
// are in no block and never will be.
func (q *TxQueue) settle(ctx context.Context, s signed) (TxResult, error) {
	d := &delivery{signed: s, due: true}
	for {
		result, settled, err := q.advance(ctx, d)
		if settled {
			return result, err
		}
		if err == nil {
			q.found()
		} else if ctx.Err() == nil {
			q.missed(err)
		}
		if err := q.pause(ctx); err != nil {
			return TxResult{}, q.abandon(d, err)
		}
	}
}

// advance does one round: broadcast if need be, look, and judge. If it is not settled, err says what kept it from learning
// more.
func (q *TxQueue) advance(ctx context.Context, d *delivery) (result TxResult, settled bool, err error) {
	height, err := q.node.height(ctx)
	if err != nil {
		return TxResult{}, false, err
	}
	// A restarted node has an empty mempool, and a full one drops what it held: with each block the same bytes again, which
	// cannot harm. At the timeout height no block is left for them, and a mempool that held them would only mislead whoever
	// asks for the next sequence.
	if (d.due || height > d.at) && height < d.timeout {
		if err := q.push(ctx, d, height); err != nil {
			return TxResult{}, true, err
		}
	}
	result, err = q.node.tx(ctx, d.hash)
	switch {
	case err == nil && !ineffective(result):
		return q.finish(d, result)
	case err == nil:
		d.suspect = true
	case !errors.Is(err, errTxNotFound):
		return TxResult{}, false, err
	}
	if d.suspect || height > d.timeout {
		return q.judge(ctx, d, height)
	}
	return TxResult{}, false, nil
}

// push broadcasts at a height. An error settles the matter: the bytes were refused and nobody holds them.
func (q *TxQueue) push(ctx context.Context, d *delivery, height int64) error {
	err := q.node.broadcast(ctx, d.bytes)
	r := asRefusal(err)
	switch {
	case err == nil:
		d.sent, d.due, d.at = true, false, height
		q.found()
	case r == nil:
		// The node may have taken it before the connection broke.
		d.sent = true
		if ctx.Err() == nil {
			q.missed(err)
		}
	case r.is(sdkerrors.ErrMempoolIsFull):
		q.log.Warn("the node's mempool is full, waiting", "hash", d.name())
	case r.is(sdkerrors.ErrWrongSequence) && !d.sent:
		q.learn(r)
		return errAgain
	case r.is(sdkerrors.ErrTxTimeoutHeight) && !d.sent:
		return errAgain
	case r.is(sdkerrors.ErrUnauthorized) && !d.sent && d.doubts < maxDoubts:
		d.doubts++
		d.due, d.at = false, height
	case !d.sent:
		q.forget()
		return r
	case r.is(sdkerrors.ErrWrongSequence), r.is(sdkerrors.ErrTxTimeoutHeight):
		d.suspect, d.due, d.at = true, false, height
	default:
		// Another node may still hold it, so that only the timeout height decides.
		d.refused, d.due, d.at = r, false, height
	}
	return nil
}

// judge decides whether the bytes can still take effect. The index may lag behind the blocks or be switched off, so that
// the blocks themselves are read before anything is signed afresh.
func (q *TxQueue) judge(ctx context.Context, d *delivery, height int64) (TxResult, bool, error) {
	a, err := q.node.account(ctx, q.sender)
	if err != nil {
		return TxResult{}, false, err
	}
	// One block past the last that may hold them, so that mempools have let go of them too.
	used, expired := a.sequence > d.sequence, height > d.timeout
	if !used && !expired {
		return TxResult{}, false, nil
	}
	// The sequence was used at or before the height that the account was read at; nodes behind one address may differ.
	result, err := q.node.scan(ctx, d.bytes, d.born+1, min(max(height, a.height), d.timeout))
	switch {
	case err == nil && !ineffective(result):
		return q.finish(d, result)
	case errors.Is(err, errPruned):
		q.forget()
		return TxResult{}, true, fmt.Errorf("%w: %s: %w", ErrOutcomeUnknown, d.name(), err)
	case err != nil && !errors.Is(err, errTxNotFound):
		return TxResult{}, false, err
	}
	q.forget()
	if d.refused != nil && !used {
		return TxResult{}, true, d.refused
	}
	return TxResult{}, true, errAgain
}

// finish reports what the block says.
func (q *TxQueue) finish(d *delivery, result TxResult) (TxResult, bool, error) {
	q.found()
	if result.code == 0 {
		q.self.sequence, q.known = d.sequence+1, true
		q.log.Debug("transaction included", "hash", result.Hash, "height", result.Height, "gas", result.GasUsed)
		return result, true, nil
	}
	// Whether it used its sequence depends on where it failed.
	q.forget()
	return result, true, &Refusal{Codespace: result.codespace, Code: result.code, Log: result.text, Hash: result.Hash, Height: result.Height}
}

// ineffective says that the transaction stands in a block where it was not its turn, before or after it, and did nothing
// there: not even its fee was paid.
func ineffective(r TxResult) bool {
	as := Refusal{Codespace: r.codespace, Code: r.code}
	return as.is(sdkerrors.ErrWrongSequence) || as.is(sdkerrors.ErrTxTimeoutHeight)
}

// abandon reports that nobody waits any longer.
func (q *TxQueue) abandon(d *delivery, cause error) error {
	q.forget()
	if !d.sent {
		return cause
	}
	return fmt.Errorf("%w: %w: transaction %s may be included up to height %d", cause, ErrOutcomeUnknown, d.name(), d.timeout)
}
