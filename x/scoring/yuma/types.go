package yuma

// Entry is one nonzero of a sparse row: the target's uid and a fraction of
// 65535.
type Entry struct{ UID, Value uint16 }

// Commit is a validator's sealed commit of weights that has not expired.
type Commit struct {
	UID   uint16
	Block uint64
}

// Input is the state of a subnet before an epoch. Every column has N entries
// and is indexed by uid. Run only reads it; it may share memory with the Output
// of an earlier epoch, the one being written included.
type Input struct {
	Block uint64
	N     int
	// Stake is the stake that counts in this subnet, in base units. Where it
	// sums to 2^63 or more it saturates.
	Stake []uint64
	// LastUpdate is the block of the last weights, RegisteredAt that of the
	// registration.
	LastUpdate, RegisteredAt []uint64
	// Permits are the validator permits given by the epoch before.
	Permits []bool
	// Weights and Bonds are the stored rows, by validator. A row may come
	// unsorted, but names a uid at most once.
	Weights, Bonds [][]Entry
	// Commits are the unexpired commits. Of several of one uid the earliest
	// counts.
	Commits []Commit
	// OwnerUID is the subnet owner's uid, or NoOwner.
	OwnerUID int
}

// NoOwner is the OwnerUID of a subnet whose owner has no uid.
const NoOwner = -1

// Output is what an epoch yields. Columns have N entries, indexed by uid; Run
// reuses their memory.
type Output struct {
	// Active is whether a neuron updated within the cutoff, Permits the
	// validator permits for the next epoch.
	Active, Permits []bool
	// Fractions of 65535, rounded down.
	StakeWeight, Consensus, Incentive, Dividends, ValidatorTrust []uint16
	// ServerShare, ValidatorShare and CombinedShare are Q32 shares of the
	// emission: I/T, D/T and (I+D)/T with T the sum of I and D. Server and
	// validator shares together sum to one but for truncation, and so do the
	// combined ones. (In a fallback on stakes that sum to 2^63 or more they may
	// exceed one; Payout does not care.)
	ServerShare, ValidatorShare, CombinedShare []int64
	// Bonds are the next bonds: rows sorted by uid, no zeros, empty without a
	// new permit.
	Bonds [][]Entry
	// Fallback is set when nobody was judged (T is zero). Validator and combined
	// shares are then active stake, or stake if none is active.
	Fallback bool

	bondEntries []Entry // backs Bonds
}

// resize gives every column n entries, whose values are stale.
func (o *Output) resize(n int) {
	o.Active, o.Permits = grow(o.Active, n), grow(o.Permits, n)
	o.StakeWeight, o.Consensus = grow(o.StakeWeight, n), grow(o.Consensus, n)
	o.Incentive, o.Dividends = grow(o.Incentive, n), grow(o.Dividends, n)
	o.ValidatorTrust = grow(o.ValidatorTrust, n)
	o.ServerShare, o.ValidatorShare = grow(o.ServerShare, n), grow(o.ValidatorShare, n)
	o.CombinedShare = grow(o.CombinedShare, n)
	o.Bonds = grow(o.Bonds, n)
}

// grow returns s with length n, reallocated only if its capacity is too small.
// The content is stale.
func grow[T any](s []T, n int) []T {
	if cap(s) < n {
		return make([]T, n, n+n/4)
	}
	return s[:n]
}

// zeroed is grow with every element set to its zero value.
func zeroed[T any](s []T, n int) []T {
	s = grow(s, n)
	clear(s)
	return s
}
