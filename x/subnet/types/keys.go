package types

import "cosmossdk.io/collections"

const (
	// ModuleName names the module, its store and its account, through which registration prices are burned; it holds collateral.
	ModuleName = "subnet"
	// StoreKey names the module's store.
	StoreKey = ModuleName
	// BaseDenom is the coin in which creation and registration are paid.
	BaseDenom = "nagon"
)

// Sizes of identifiers.
const (
	// FirstNetuid is the netuid of the first subnet.
	FirstNetuid = 1
	// MaxNetuid is the largest netuid, because other formats give it 16 bits.
	MaxNetuid = 1<<16 - 1
	// HotkeySize is the length in bytes of a hotkey's address. The hotkey of a daemon is a plain account.
	HotkeySize = 20
)

// Keys of the module's store: one byte of prefix, then fixed-width big-endian parts. An address that is not the last
// part is led by one byte of length; a hotkey always has HotkeySize bytes.
var (
	// ParamsPrefix -> Params.
	ParamsPrefix = collections.NewPrefix(0)
	// CreationCostPrefix -> CreationCost.
	CreationCostPrefix = collections.NewPrefix(1)
	// NextNetuidPrefix -> netuid of the next subnet (4 bytes).
	NextNetuidPrefix = collections.NewPrefix(2)
	// SubnetsPrefix | netuid (4 bytes) -> Subnet.
	SubnetsPrefix = collections.NewPrefix(3)
	// NeuronsPrefix | netuid (4 bytes) | uid (4 bytes) -> Neuron.
	NeuronsPrefix = collections.NewPrefix(4)
	// UIDsPrefix | 20 (1 byte) | hotkey (20 bytes) | netuid (4 bytes) -> uid (4 bytes).
	UIDsPrefix = collections.NewPrefix(5)
	// OwnersPrefix | hotkey (20 bytes) -> address of the owner.
	OwnersPrefix = collections.NewPrefix(6)
	// IdentitiesPrefix | address -> Identity.
	IdentitiesPrefix = collections.NewPrefix(7)
	// RegisteredAtPrefix | netuid (4 bytes) -> column of 8 bytes by uid: height of registration.
	RegisteredAtPrefix = collections.NewPrefix(8)
	// HotkeysPrefix | netuid (4 bytes) -> column of 20 bytes by uid: hotkey.
	HotkeysPrefix = collections.NewPrefix(9)
	// PruningPrefix | netuid (4 bytes) -> column of 2 bytes by uid: pruning score.
	PruningPrefix = collections.NewPrefix(10)
	// OffersPrefix | netuid (4 bytes) -> OwnershipOffer.
	OffersPrefix = collections.NewPrefix(11)
	// PendingHyperparamsPrefix | netuid (4 bytes) -> PendingHyperparams.
	PendingHyperparamsPrefix = collections.NewPrefix(12)
	// HyperparamsDuePrefix | height (8 bytes) | netuid (4 bytes) -> nothing; the queue of pending hyperparameters.
	HyperparamsDuePrefix = collections.NewPrefix(13)
	// CommitmentsPrefix | netuid (4 bytes) | uid (4 bytes) -> Commitment.
	CommitmentsPrefix = collections.NewPrefix(14)
	// StandingsPrefix | netuid (4 bytes) -> Standing; there is one for each subnet that lives.
	StandingsPrefix = collections.NewPrefix(15)
	// DissolvingPrefix | netuid (4 bytes) -> nothing; dissolved subnets whose neurons are being removed.
	DissolvingPrefix = collections.NewPrefix(16)
	// SigningKeysPrefix | key (20 bytes) -> SigningKey; of all keys of a hotkey once it was swapped, the first one too.
	SigningKeysPrefix = collections.NewPrefix(20)
	// PresentKeysPrefix | hotkey (20 bytes) -> key (20 bytes) that signs for it now; of hotkeys that were swapped.
	PresentKeysPrefix = collections.NewPrefix(21)
	// OwnedHotkeysPrefix | length (1 byte) | owner | hotkey (20 bytes) -> nothing; the hotkeys of an owner.
	OwnedHotkeysPrefix = collections.NewPrefix(22)
	// OwnedSubnetsPrefix | length (1 byte) | owner | netuid (4 bytes) -> nothing; the subnets of an owner, dissolved ones too.
	OwnedSubnetsPrefix = collections.NewPrefix(23)
	// OwnerSwapsPrefix | owner -> OwnerSwap.
	OwnerSwapsPrefix = collections.NewPrefix(24)
	// CollateralsPrefix | netuid (4 bytes) | uid (4 bytes) -> Collateral.
	CollateralsPrefix = collections.NewPrefix(25)
	// EarnedPrefix | netuid (4 bytes) -> column of 8 bytes by uid: alpha earned as a miner since registration.
	EarnedPrefix = collections.NewPrefix(26)
	// WithheldPrefix | netuid (4 bytes) | hotkey (20 bytes) -> Withheld.
	WithheldPrefix = collections.NewPrefix(27)
)
