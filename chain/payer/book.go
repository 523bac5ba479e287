package payer

import (
	"fmt"
	"math/bits"
)

// book is the money of one channel, in nagon, as the payer reckons it. It is arithmetic alone: no lock, no disk, no clock.
//
// Of an honest miner, what it reckons as spent is never above Spent + Most + Doubt: every call that it has counted is settled here, under way, or
// of those whose end is unknown. Signed is what calls under way need to be served; it only rises.
type book struct {
	Deposit uint64 `json:"deposit"` // in the channel
	Claimed uint64 `json:"claimed"` // by the payee, on the chain
	Signed  uint64 `json:"signed"`  // highest cumulative that a voucher was signed for; on disk before it is sent
	Spent   uint64 `json:"spent"`   // by the receipts
	Held    uint64 `json:"held"`    // reserves of the calls under way
	Most    uint64 `json:"most"`    // what the calls under way can cost: of a stream more than is reserved for it yet
	Doubt   uint64 `json:"doubt"`   // what calls whose end is unknown can have cost

	// lead is what is signed for beyond Spent and Held because a miner counts calls that are in doubt here. It is learnt anew after a restart.
	lead uint64
}

// stake is what one call under way holds of a book.
type stake struct{ reserve, most uint64 }

// restore turns what was under way when the process ended into doubt.
func (b *book) restore() { b.lose(stake{b.Held, b.Most}) }

// due is what a voucher must be for so that a further reserve is covered.
func (b *book) due(reserve uint64) uint64 {
	return add(add(add(b.Spent, b.Held), b.lead), reserve)
}

// hold covers a reserve and returns the cumulative to sign. False: the deposit does not reach, nothing has changed.
func (b *book) hold(s stake) (uint64, bool) {
	due := b.due(s.reserve)
	if due > b.Deposit {
		return due, false
	}
	b.Held, b.Most = add(b.Held, s.reserve), add(b.Most, s.most)
	b.Signed = max(b.Signed, due)
	return b.Signed, true
}

// release ends a call that cost nothing.
func (b *book) release(s stake) {
	b.Held, b.Most = sub(b.Held, s.reserve), sub(b.Most, s.most)
	b.lead = min(b.lead, b.unknown())
}

// lose ends a call of which nobody knows whether the miner counted it.
func (b *book) lose(s stake) {
	b.Doubt = add(b.Doubt, s.most)
	b.release(s)
}

// settle ends a call that cost what its receipt says.
func (b *book) settle(s stake, cost uint64) {
	b.Spent = add(b.Spent, cost)
	b.release(s)
}

// unknown is what the miner may have counted beyond Spent and Held.
func (b *book) unknown() uint64 { return add(b.Doubt, sub(b.Most, b.Held)) }

// hear takes what the miner reckons as spent. More than can be explained is [ErrReckoning]; what only a call in doubt explains was that call's cost.
func (b *book) hear(spent uint64) error {
	known := add(b.Spent, b.Most)
	if spent <= known {
		return nil
	}
	over := spent - known
	if over > b.Doubt {
		return fmt.Errorf("%w: it counts %d nagon spent on the channel, the receipts say %d, calls under way or of unknown end can be %d",
			ErrReckoning, spent, b.Spent, add(b.Most, b.Doubt))
	}
	b.Spent, b.Doubt = b.Spent+over, b.Doubt-over
	b.lead = min(sub(b.lead, over), b.unknown())
	return nil
}

// quiet forgets doubts once they can no longer be the miner's: when nothing is under way, what it counts is what is counted here, and the
// calls in doubt are long over.
func (b *book) quiet(spent uint64) {
	if b.Most == 0 && spent >= b.Spent {
		b.Doubt, b.lead = 0, 0
	}
}

// recover takes the voucher that a miner holds, whose signature was found to be ours. A higher one than the ledger knows says that the ledger was
// lost or is an old copy: then how much of the channel is spent is unknown.
func (b *book) recover(cumulative uint64) {
	if cumulative <= b.Signed {
		return
	}
	b.Signed = cumulative
	b.Doubt = max(b.Doubt, sub(b.Deposit, add(b.Spent, b.Most)))
}

// want takes the cumulative that a miner asks for before it serves a call of a reserve. It gets no more than the calls in doubt and one reserve beyond this
// one explain: it may lag behind by a call that has just ended, and never gets more by asking again.
func (b *book) want(cumulative, reserve uint64) error {
	due := b.due(reserve)
	if most := max(add(b.Signed, 1), add(add(b.Spent, b.Most), add(b.Doubt, add(reserve, reserve)))); cumulative > max(due, most) {
		return fmt.Errorf("%w: it asks for a voucher of %d nagon where %d cover this call and all before it", ErrUnpaid, cumulative, due)
	}
	// What it asks for is of the moment in which it refused. Calls that it refused as well are held here and not there, and would hide how much of the
	// doubt it counts: so all that it counts beyond Spent is taken for doubt, as far as there is doubt, and no call has to ask again and again.
	b.lead = max(add(b.lead, sub(cumulative, due)), min(b.Doubt, sub(cumulative, add(b.Spent, reserve))))
	return nil
}

// onChain takes what the chain says of the channel. A claim above what the ledger knows was for vouchers that the ledger has forgotten.
func (b *book) onChain(deposit, claimed uint64) {
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
