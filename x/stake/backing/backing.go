package backing

import (
	"errors"
	"fmt"
	"math/bits"

	"github.com/agon-chain/agon/internal/wide"
)

const (
	// Whole is the whole, in basis points.
	Whole = 10_000
	// None stands for a uid or a seat that nobody holds.
	None = -1
)

// ErrInvalid says that an input contradicts itself.
var ErrInvalid = errors.New("not an input of the arithmetic of backing")

// Delegation is a part of what is behind a parent that counts for a child in a subnet.
type Delegation struct {
	UID   int    // that the parent holds in the subnet, or None
	Seat  int    // that the parent holds at the root, or None
	Child int    // uid of the child
	Bps   uint32 // of the parent's stake; all of a parent's together at most Whole
}

// Input is what is behind the hotkeys of one subnet.
type Input struct {
	Alpha       []uint64     // staked in the subnet, by uid, in base units
	Root        []uint64     // staked at the root, by seat, in nagon
	SeatUIDs    []int        // uid that the holder of each seat has in the subnet, or None
	WeightBps   uint32       // what a nagon at the root counts for, in basis points of a base unit of alpha
	Delegations []Delegation // in any order: only the order of small remainders depends on it, and none is paid by it
	TakeBps     []uint32     // what each uid keeps of the dividends on stake that is delegated to it
}

// leg is stake that counts for a uid and is not the token behind that uid itself.
type leg struct {
	to        int // uid that it counts for
	uid, seat int // whose it is: one of the two is None
	amount    uint64
	delegated bool
}

// Backing is what each uid's stake is made of.
type Backing struct {
	stake   []uint64
	legs    []leg
	seats   int
	takeBps []uint32
}

// New finds out what counts for whom. A nagon at the root counts for WeightBps/10000 of a base unit of alpha, a seat's sum
// rounded down. Of both, a delegation moves Bps/10000 to the child, each rounded down, and what is left stays with the parent's
// own uid; where the parent holds none in the subnet, what is left of its root stake counts nowhere.
func New(in Input) (*Backing, error) {
	n, seats := len(in.Alpha), len(in.Root)
	if len(in.SeatUIDs) != seats || len(in.TakeBps) != n || in.WeightBps > Whole {
		return nil, fmt.Errorf("%d uids with %d takes, %d seats with %d uids, a weight of %d basis points: %w", n, len(in.TakeBps), seats, len(in.SeatUIDs), in.WeightBps, ErrInvalid)
	}
	b := &Backing{stake: make([]uint64, n), seats: seats, takeBps: in.TakeBps}
	for uid, take := range in.TakeBps {
		if take > Whole {
			return nil, fmt.Errorf("uid %d takes %d basis points: %w", uid, take, ErrInvalid)
		}
	}
	root := make([]uint64, seats)
	for seat, nagon := range in.Root {
		root[seat] = part(nagon, in.WeightBps)
	}
	own, rest := append([]uint64(nil), in.Alpha...), append([]uint64(nil), root...)
	for i, d := range in.Delegations {
		if d.Child < 0 || d.Child >= n || d.UID < None || d.UID >= n || d.Seat < None || d.Seat >= seats || d.UID == d.Child || d.Bps > Whole {
			return nil, fmt.Errorf("delegation %d, %+v, among %d uids and %d seats: %w", i, d, n, seats, ErrInvalid)
		}
		if d.UID != None {
			if err := b.delegate(leg{to: d.Child, uid: d.UID, seat: None}, in.Alpha[d.UID], d.Bps, &own[d.UID]); err != nil {
				return nil, err
			}
		}
		if d.Seat != None {
			if err := b.delegate(leg{to: d.Child, uid: None, seat: d.Seat}, root[d.Seat], d.Bps, &rest[d.Seat]); err != nil {
				return nil, err
			}
		}
	}
	for seat, uid := range in.SeatUIDs {
		if uid < None || uid >= n {
			return nil, fmt.Errorf("seat %d has uid %d of %d: %w", seat, uid, n, ErrInvalid)
		}
		if uid != None && rest[seat] > 0 {
			b.legs = append(b.legs, leg{to: uid, uid: None, seat: seat, amount: rest[seat]})
		}
	}
	copy(b.stake, own)
	for _, l := range b.legs {
		sum, carry := bits.Add64(b.stake[l.to], l.amount, 0)
		if carry != 0 {
			return nil, fmt.Errorf("stake that counts for uid %d overflows: %w", l.to, ErrInvalid)
		}
		b.stake[l.to] = sum
	}
	return b, nil
}

func (b *Backing) delegate(l leg, of uint64, bps uint32, left *uint64) error {
	l.amount, l.delegated = part(of, bps), true
	if l.amount > *left {
		return fmt.Errorf("delegations of uid %d, seat %d are more than the whole: %w", l.uid, l.seat, ErrInvalid)
	}
	if *left -= l.amount; l.amount > 0 {
		b.legs = append(b.legs, l)
	}
	return nil
}

// part is bps of a sum, rounded down.
func part(of uint64, bps uint32) uint64 {
	v, _ := wide.MulDiv64(of, uint64(bps), Whole) // bps are at most Whole: fits
	return v
}

// Stake is what counts for each uid.
func (b *Backing) Stake() []uint64 { return append([]uint64(nil), b.stake...) }

// Payment is whose an epoch's dividends are, all in base units of alpha; together they are the dividends.
type Payment struct {
	Dividends []uint64 // by uid: to the backers of the token behind it
	Take      []uint64 // by uid: to its owner, for work on stake that others delegated
	Root      []uint64 // by seat: to the backers at the root
}

// Split parts dividends by uid in proportion to what each uid's stake is made of. Each part of others is rounded down, and
// what is left, less than a unit for each, is the uid's own backers'; so is all of it where nothing counts for the uid. Of what
// delegated stake earned, the child takes its part first, rounded down.
func (b *Backing) Split(dividends []uint64) (Payment, error) {
	n := len(b.stake)
	if len(dividends) != n {
		return Payment{}, fmt.Errorf("dividends of %d uids, there are %d: %w", len(dividends), n, ErrInvalid)
	}
	p := Payment{Dividends: make([]uint64, n), Take: make([]uint64, n), Root: make([]uint64, b.seats)}
	rest := append([]uint64(nil), dividends...)
	for _, l := range b.legs {
		v, _ := wide.MulDiv64(dividends[l.to], l.amount, b.stake[l.to]) // the amount is a part of the stake: fits, and is never more than the rest
		rest[l.to] -= v
		if l.delegated {
			take := part(v, b.takeBps[l.to])
			p.Take[l.to] += take
			v -= take
		}
		if l.seat != None {
			p.Root[l.seat] += v
		} else {
			p.Dividends[l.uid] += v
		}
	}
	for uid, v := range rest {
		p.Dividends[uid] += v
	}
	return p, nil
}

// Counts is what a delegation moves to the child: of the parent's token, and of its root stake in base units of alpha.
func (d Delegation) Counts(in Input) (alpha, root uint64) {
	if d.UID != None {
		alpha = part(in.Alpha[d.UID], d.Bps)
	}
	if d.Seat != None {
		root = part(part(in.Root[d.Seat], in.WeightBps), d.Bps)
	}
	return alpha, root
}
