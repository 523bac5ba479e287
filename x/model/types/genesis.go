package types

import (
	"bytes"
	"math"

	errorsmod "cosmossdk.io/errors"

	"github.com/agon-chain/agon/x/model/content"
	subnettypes "github.com/agon-chain/agon/x/subnet/types"
)

// DefaultGenesis is a chain without models.
func DefaultGenesis() *GenesisState {
	return &GenesisState{Params: DefaultParams(), NextClaim: FirstClaim}
}

// Validate reports the first contradiction, as ErrInvalidGenesis or as the error of the part that is wrong.
func (gs GenesisState) Validate() error {
	if err := gs.Params.Validate(); err != nil {
		return err
	}
	models, err := gs.validateModels()
	if err != nil {
		return err
	}
	if err := gs.validateOffers(models); err != nil {
		return err
	}
	if err := gs.validateVersions(models); err != nil {
		return err
	}
	if err := gs.validateReservations(); err != nil {
		return err
	}
	if err := gs.validateClaims(); err != nil {
		return err
	}
	if err := gs.validateBindings(); err != nil {
		return err
	}
	return gs.validateBars()
}

func (gs GenesisState) validateModels() (map[string]Model, error) {
	models := make(map[string]Model, len(gs.Models))
	for i, m := range gs.Models {
		if err := CheckName("name of a model", m.Name); err != nil {
			return nil, err
		}
		if i > 0 && gs.Models[i-1].Name >= m.Name {
			return nil, errorsmod.Wrapf(ErrInvalidGenesis, "models have %s at %d, want ascending names, each once", m.Name, i)
		}
		if err := checkAccount("owner of model "+m.Name, m.Owner); err != nil {
			return nil, err
		}
		if err := checkAbout(m.About); err != nil {
			return nil, errorsmod.Wrapf(err, "model %s", m.Name)
		}
		if m.CreatedAt < 0 {
			return nil, errorsmod.Wrapf(ErrInvalidGenesis, "created_at of model %s is %d, want a height", m.Name, m.CreatedAt)
		}
		models[m.Name] = m
	}
	return models, nil
}

func (gs GenesisState) validateOffers(models map[string]Model) error {
	for i, o := range gs.Offers {
		m, ok := models[o.Model]
		if !ok || i > 0 && gs.Offers[i-1].Model >= o.Model {
			return errorsmod.Wrapf(ErrInvalidGenesis, "offers have model %.*q at %d, want models that there are, ascending, each once", MaxName, o.Model, i)
		}
		if err := checkAccount("new_owner", o.NewOwner); err != nil {
			return err
		}
		if o.NewOwner == m.Owner || o.ExpiresAt < 1 {
			return errorsmod.Wrapf(ErrInvalidGenesis, "offer of model %s is to %s until block %d, want another than the owner, and a height", o.Model, o.NewOwner, o.ExpiresAt)
		}
	}
	return nil
}

func (gs GenesisState) validateVersions(models map[string]Model) error {
	if len(gs.Files) != len(gs.Versions) {
		return errorsmod.Wrapf(ErrInvalidGenesis, "%d lists of files for %d versions, want one for each", len(gs.Files), len(gs.Versions))
	}
	numbers := make(map[string]uint32, len(models))
	has := func(model string, number uint32) bool { return number >= 1 && number <= numbers[model] }
	for i, v := range gs.Versions {
		numbers[v.Model]++
		if v.Id != uint64(i)+FirstVersionID || v.Number != numbers[v.Model] || v.Number > models[v.Model].Versions {
			return errorsmod.Wrapf(ErrInvalidGenesis, "versions have id %d, %.*s@%d at %d; want ids from %d without gaps, and numbers of models that there are up to their versions",
				v.Id, MaxName, v.Model, v.Number, i, FirstVersionID)
		}
		if err := v.validate(gs.Files[i].Files); err != nil {
			return errorsmod.Wrapf(err, "version %s", v.Name())
		}
		for _, p := range v.Parents {
			if !has(p.Model, p.Version) || p.Model == v.Model && p.Version == v.Number {
				return errorsmod.Wrapf(ErrInvalidGenesis, "version %s has the parent %s, which was not there before", v.Name(), Label(p.Model, p.Version))
			}
		}
	}
	for _, v := range gs.Versions {
		d := v.Deprecation
		if d == nil || d.SuccessorVersion == 0 {
			continue
		}
		if !has(d.SuccessorModel, d.SuccessorVersion) || d.SuccessorModel == v.Model && d.SuccessorVersion == v.Number {
			return errorsmod.Wrapf(ErrInvalidGenesis, "version %s has the successor %s, want another version that there is", v.Name(), Label(d.SuccessorModel, d.SuccessorVersion))
		}
	}
	for _, m := range gs.Models {
		if m.Versions != numbers[m.Name] {
			return errorsmod.Wrapf(ErrInvalidGenesis, "model %s has %d versions, want %d (versions)", m.Name, numbers[m.Name], m.Versions)
		}
	}
	return nil
}

// validate holds a version against its files.
func (v Version) validate(files []File) error {
	if err := checkAccount("publisher", v.Publisher); err != nil {
		return err
	}
	list, err := checkContent(files, v.Root)
	if err != nil {
		return err
	}
	weights := content.Weights(list)
	if uint64(v.Files) != uint64(len(list)) || v.Size_ != content.Size(list) || !bytes.Equal(v.WeightsRoot, weights.Root[:]) {
		return errorsmod.Wrapf(ErrInvalidGenesis, "%d files of %d bytes with weights_root %x, want %d of %d with %x", v.Files, v.Size_, v.WeightsRoot, len(list), content.Size(list), weights.Root)
	}
	if err := v.Description.Validate(); err != nil {
		return err
	}
	if err := checkParents(v.Parents); err != nil {
		return err
	}
	if v.ClaimedAt < 0 || v.ClaimedAt > v.PublishedAt {
		return errorsmod.Wrapf(ErrInvalidGenesis, "claimed_at is %d and published_at is %d, want 0 <= claimed_at <= published_at", v.ClaimedAt, v.PublishedAt)
	}
	if d := v.Deprecation; d != nil {
		if err := d.check(); err != nil {
			return err
		}
		if d.Height < 0 {
			return errorsmod.Wrapf(ErrInvalidGenesis, "deprecation has height %d, want a height", d.Height)
		}
	}
	return nil
}

func (gs GenesisState) validateReservations() error {
	var last []byte
	for i, r := range gs.Reservations {
		owner, err := subnettypes.ParseAddress("owner of a reservation", r.Owner)
		if err != nil {
			return err
		}
		if err := checkHash("hash of a reservation", r.Hash); err != nil {
			return err
		}
		key := append(append([]byte{byte(len(owner))}, owner...), r.Hash...)
		if bytes.Compare(last, key) >= 0 {
			return errorsmod.Wrapf(ErrInvalidGenesis, "reservations have that of %s out of order or twice at %d, want ascending owners and hashes", r.Owner, i)
		}
		last = key
		if r.ReservedAt < 0 || r.ExpiresAt < r.ReservedAt {
			return errorsmod.Wrapf(ErrInvalidGenesis, "reservation of %s: reserved_at is %d and expires_at is %d, want 0 <= reserved_at <= expires_at", r.Owner, r.ReservedAt, r.ExpiresAt)
		}
	}
	return nil
}

// validateClaims: a claim is one reservation's or one version's, and came before the next.
func (gs GenesisState) validateClaims() error {
	seen := make(map[uint64]bool, len(gs.Versions)+len(gs.Reservations))
	check := func(claim uint64, what string) error {
		if claim < FirstClaim || claim >= gs.NextClaim || seen[claim] {
			return errorsmod.Wrapf(ErrInvalidGenesis, "%s has claim %d, want one of its own from %d below %d (next_claim)", what, claim, FirstClaim, gs.NextClaim)
		}
		seen[claim] = true
		return nil
	}
	for _, v := range gs.Versions {
		if err := check(v.Claim, "version "+v.Name()); err != nil {
			return err
		}
	}
	for _, r := range gs.Reservations {
		if err := check(r.Claim, "a reservation of "+r.Owner); err != nil {
			return err
		}
	}
	if gs.NextClaim < FirstClaim {
		return errorsmod.Wrapf(ErrInvalidGenesis, "next_claim is %d, want at least %d", gs.NextClaim, FirstClaim)
	}
	return nil
}

func (gs GenesisState) validateBindings() error {
	type neuron struct{ netuid, uid uint32 }
	places := make(map[Place]bool, len(gs.Bindings))
	hotkeys := make(map[neuron]string)
	count := make(map[neuron]int)
	for i, b := range gs.Bindings {
		if b.Slot != uint64(i) {
			return errorsmod.Wrapf(ErrInvalidGenesis, "bindings have slot %d at %d, want slots from 0 without gaps", b.Slot, i)
		}
		if err := subnettypes.CheckNetuid(b.Netuid); err != nil {
			return errorsmod.Wrapf(err, "binding %d", i)
		}
		if _, err := subnettypes.ParseHotkey("hotkey of a binding", b.Hotkey); err != nil {
			return err
		}
		if b.VersionId < FirstVersionID || b.VersionId >= FirstVersionID+uint64(len(gs.Versions)) {
			return errorsmod.Wrapf(ErrInvalidGenesis, "binding %d is to version %d, want one that there is", i, b.VersionId)
		}
		n := neuron{b.Netuid, b.Uid}
		count[n]++
		if at := b.Place(); places[at] || count[n] > MaxBindingsBound {
			return errorsmod.Wrapf(ErrInvalidGenesis, "binding %d: netuid %d uid %d has version %d twice, or more than %d", i, b.Netuid, b.Uid, b.VersionId, MaxBindingsBound)
		}
		places[b.Place()] = true
		if h, ok := hotkeys[n]; ok && h != b.Hotkey {
			return errorsmod.Wrapf(ErrInvalidGenesis, "binding %d: netuid %d uid %d is held by %s and by %s", i, b.Netuid, b.Uid, h, b.Hotkey)
		}
		hotkeys[n] = b.Hotkey
		if b.BoundAt < 0 || b.ProvenAt < 0 {
			return errorsmod.Wrapf(ErrInvalidGenesis, "binding %d: bound_at is %d and proven_at is %d, want heights", i, b.BoundAt, b.ProvenAt)
		}
		if c := b.Challenge; c != nil {
			if err := checkHash("seed of a challenge", c.Seed); err != nil {
				return err
			}
			if c.BegunAt < 0 || c.DueAt < c.BegunAt {
				return errorsmod.Wrapf(ErrInvalidGenesis, "binding %d: begun_at is %d and due_at is %d, want 0 <= begun_at <= due_at", i, c.BegunAt, c.DueAt)
			}
		}
	}
	return nil
}

func (gs GenesisState) validateBars() error {
	var last Bar
	for i, b := range gs.Bars {
		if err := subnettypes.CheckNetuid(b.Netuid); err != nil {
			return errorsmod.Wrapf(err, "bar %d", i)
		}
		hotkey, err := subnettypes.ParseHotkey("hotkey of a bar", b.Hotkey)
		if err != nil {
			return err
		}
		if b.VersionId < FirstVersionID || b.VersionId >= FirstVersionID+uint64(len(gs.Versions)) || b.Until < 1 || b.Until == math.MaxInt64 {
			return errorsmod.Wrapf(ErrInvalidGenesis, "bar %d is from version %d until %d, want a version that there is and a height", i, b.VersionId, b.Until)
		}
		if i > 0 && !last.before(b, hotkey) {
			return errorsmod.Wrapf(ErrInvalidGenesis, "bars have %s out of order or twice at %d, want ascending netuid, version and hotkey", b.Hotkey, i)
		}
		last = b
	}
	return nil
}

// before says whether a bar stands before another, whose hotkey is given as bytes.
func (b Bar) before(next Bar, hotkey []byte) bool {
	if b.Netuid != next.Netuid {
		return b.Netuid < next.Netuid
	}
	if b.VersionId != next.VersionId {
		return b.VersionId < next.VersionId
	}
	own, err := subnettypes.ParseHotkey("hotkey", b.Hotkey)
	return err == nil && bytes.Compare(own, hotkey) < 0
}

// Place is where the binding stands.
func (b Binding) Place() Place { return Place{Netuid: b.Netuid, Uid: b.Uid, VersionId: b.VersionId} }
