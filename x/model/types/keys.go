package types

import "cosmossdk.io/collections"

const (
	// ModuleName names the module, its store and its account, through which fees are burned.
	ModuleName = "model"
	// StoreKey names the module's store.
	StoreKey = ModuleName
	// FirstVersionID is the id of the first version of all.
	FirstVersionID = 1
	// FirstClaim is the number of the first reservation or publication.
	FirstClaim = 1
)

// Keys of the module's store: one byte of prefix, then fixed-width big-endian parts; an account behind its length and a name before a
// zero byte where another part follows.
var (
	// ParamsPrefix -> Params.
	ParamsPrefix = collections.NewPrefix(0)
	// ModelsPrefix | name -> Model.
	ModelsPrefix = collections.NewPrefix(1)
	// OffersPrefix | name -> Offer.
	OffersPrefix = collections.NewPrefix(2)
	// NextVersionIDPrefix -> id of the next version, 8 bytes.
	NextVersionIDPrefix = collections.NewPrefix(3)
	// VersionsPrefix | version (8 bytes) -> Version.
	VersionsPrefix = collections.NewPrefix(4)
	// FilesPrefix | version (8 bytes) -> Files.
	FilesPrefix = collections.NewPrefix(5)
	// NumbersPrefix | name | 0 (1 byte) | number (4 bytes) -> version, 8 bytes.
	NumbersPrefix = collections.NewPrefix(6)
	// OriginalsPrefix | root (32 bytes) -> Original; of roots over files and of largest files.
	OriginalsPrefix = collections.NewPrefix(7)
	// ReservationsPrefix | length (1 byte) | owner | hash (32 bytes) -> Reservation.
	ReservationsPrefix = collections.NewPrefix(8)
	// ReservationsDuePrefix | height (8 bytes) | length (1 byte) | owner | hash (32 bytes) -> nothing; the queue of the above.
	ReservationsDuePrefix = collections.NewPrefix(9)
	// BindingsPrefix | netuid (4 bytes) | uid (4 bytes) | version (8 bytes) -> Binding.
	BindingsPrefix = collections.NewPrefix(10)
	// SlotsPrefix | slot (8 bytes) -> Place of the binding; slots are without gaps from 0, so that one can be drawn.
	SlotsPrefix = collections.NewPrefix(11)
	// BindingCountPrefix -> number of bindings, 8 bytes.
	BindingCountPrefix = collections.NewPrefix(12)
	// ByVersionPrefix | version (8 bytes) | netuid (4 bytes) | uid (4 bytes) -> nothing.
	ByVersionPrefix = collections.NewPrefix(13)
	// ChallengesDuePrefix | height (8 bytes) | netuid (4 bytes) | uid (4 bytes) | version (8 bytes) -> nothing; the queue of open challenges.
	ChallengesDuePrefix = collections.NewPrefix(14)
	// BarsPrefix | netuid (4 bytes) | version (8 bytes) | hotkey (20 bytes) -> last height, 8 bytes.
	BarsPrefix = collections.NewPrefix(15)
	// BarsDuePrefix | height (8 bytes) | netuid (4 bytes) | version (8 bytes) | hotkey (20 bytes) -> nothing; the queue of the above.
	BarsDuePrefix = collections.NewPrefix(16)
	// NextClaimPrefix -> number of the next reservation or publication, 8 bytes.
	NextClaimPrefix = collections.NewPrefix(17)
)
