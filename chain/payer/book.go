package payer

import (
	"fmt"
	"math/bits"
)

// book is the money of one channel, in nagon, as the payer reckons it. It is arithmetic alone: no lock, no disk, no clock.
//
// Of an honest miner, what it reckons as spent is never above Spent + Held + Doubt: every call that it has counted is settled here, under way, or
// of those whose end is unknown. And Signed is never below what the calls under way need, so that they are served.
type book struct {
	Deposit uint64 `json:"deposit"` // in the channel
	Claimed uint64 `json:"claimed"` // by the payee, on the chain
	Signed  uint64 `json:"signed"`  // highest cumulative that a voucher was signed for; on disk before it is sent
	Spent   uint64 `json:"spent"`   // by the receipts
	Held    uint64 `json:"held"`    // reserves of the calls under way
	Doubt   uint64 `json:"doubt"`   // reserves of calls whose end is unknown: what the miner may reckon above Spent

	// lead is what is signed for beyond Spent and Held because a miner counts calls that are in doubt here. It is learnt anew after a restart.
	lead uint64
}

// restore turns what was under way when the process ended into doubt.
func (b *book) restore() {
	b.Doubt = add(b.Doubt, b.Held)
	b.Held = 0
}

// due is what a voucher must be for so that a further reserve is covered.
func (b *book) due(reserve uint64) uint64 {
	return add(add(add(b.Spent, b.Held), b.lead), reserve)
}

// hold covers a reserve and returns the cumulative to sign. False: the deposit does not reach, nothing has changed.
func (b *book) hold(reserve uint64) (uint64, bool) {
	due := b.due(reserve)
	if due > b.Deposit {
		return due, false
	}
	b.Held = add(b.Held, reserve)
	b.Signed = max(b.Signed, due)
	return b.Signed, true
}

// release ends a call that cost nothing.
func (b *book) release(reserve uint64) { b.Held = sub(b.Held, reserve) }

// lose ends a call of which nobody knows whether the miner counted it.
func (b *book) lose(reserve uint64) {
	b.release(reserve)
	b.Doubt = add(b.Doubt, reserve)
}

// settle ends a call that cost what its receipt says.
func (b *book) settle(reserve, cost uint64) {
	b.release(reserve)
	b.Spent = add(b.Spent, cost)
}

// hear takes what the miner reckons as spent. More than can be explained is [ErrReckoning]; what only a call in doubt explains was that call's cost.
func (b *book) hear(spent uint64) error {
	known := add(b.Spent, b.Held)
	if spent <= known {
		return nil
	}
	over := spent - known
	if over > b.Doubt {
		return fmt.Errorf("%w: it counts %d nagon spent on the channel, the receipts say %d, calls under way or of unknown end can be %d",
			ErrReckoning, spent, b.Spent, add(b.Held, b.Doubt))
	}
	b.Spent, b.Doubt = b.Spent+over, b.Doubt-over
	b.lead = sub(b.lead, over)
	return nil
}

// quiet forgets doubts once they can no longer be the miner's: when nothing is under way, what it counts is what is counted here, and the
// calls in doubt are long over.
func (b *book) quiet(spent uint64) {
	if b.Held == 0 && spent >= b.Spent {
		b.Doubt, b.lead = 0, 0
	}
}

// recover takes the voucher that a miner holds, whose signature was found to be ours. A higher one than the ledger knows says that the ledger was
// lost or is an old copy: then how much of it is spent is unknown.
func (b *book) recover(cumulative uint64) {
	if cumulative <= b.Signed {
		return
	}
	b.Signed = cumulative
	b.Doubt = max(b.Doubt, sub(cumulative, add(b.Spent, b.Held)))
}

// want takes the cumulative that a miner asks for before it serves a call that holds the reserve. More than the calls in doubt and
// one reserve explain is refused: a miner may lag behind by a call that has just ended, not by more.
func (b *book) want(cumulative, reserve uint64) error {
	due := b.due(0)
	if cumulative <= due {
		return nil
	}
	more := cumulative - due
	if add(b.lead, more) > add(b.Doubt, reserve) {
		return fmt.Errorf("%w: it asks for a voucher of %d nagon where %d cover this call and all before it", ErrUnpaid, cumulative, due)
	}
	b.lead += more
	return nil
}

// chain takes what the chain says of the channel. A claim above what the ledger knows was for vouchers that the ledger has forgotten.
func (b *book) chain(deposit, claimed uint64) {
	b.Deposit, b.Claimed = deposit, max(b.Claimed, claimed)
	b.recover(b.Claimed)
}

func add(a, b uint64) uint64 {
	sum, over := bits.Add64(a, b, 0)
	if over != 0 {
		return 1<<64 - 1
	}
	return sum
}

func sub(a, b uint64) uint64 { return a - min(a, b) }
