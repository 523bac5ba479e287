package types

import (
	"bytes"
	"encoding/binary"
	"math"

	errorsmod "cosmossdk.io/errors"
)

// DefaultGenesis is a chain without subnets.
func DefaultGenesis() *GenesisState {
	p := DefaultParams()
	return &GenesisState{
		Params:     p,
		Creation:   CreationCost{Cost: p.MinCreationCost},
		NextNetuid: FirstNetuid,
	}
}

// Validate reports the first contradiction, as ErrInvalidGenesis or as the error of the part that is wrong.
func (gs GenesisState) Validate() error {
	if err := gs.Params.Validate(); err != nil {
		return err
	}
	if gs.Creation.Block < 0 {
		return errorsmod.Wrapf(ErrInvalidGenesis, "creation.block is %d, want at least 0", gs.Creation.Block)
	}
	if gs.NextNetuid < FirstNetuid || gs.NextNetuid > MaxNetuid+1 {
		return errorsmod.Wrapf(ErrInvalidGenesis, "next_netuid is %d, want %d to %d", gs.NextNetuid, FirstNetuid, MaxNetuid+1)
	}
	owners, err := gs.validateOwners()
	if err != nil {
		return err
	}
	if err := gs.validateSubnets(); err != nil {
		return err
	}
	if err := gs.validateNeurons(owners); err != nil {
		return err
	}
	if err := gs.validatePruning(); err != nil {
		return err
	}
	if err := gs.validateOffers(); err != nil {
		return err
	}
	if err := gs.validatePendingHyperparams(); err != nil {
		return err
	}
	if err := gs.validateCommitments(); err != nil {
		return err
	}
	if err := gs.validateCollaterals(); err != nil {
		return err
	}
	if err := gs.validateWithheld(); err != nil {
		return err
	}
	if err := gs.validateEarned(); err != nil {
		return err
	}
	if err := gs.validateStandings(); err != nil {
		return err
	}
	if err := gs.validateSigningKeys(owners); err != nil {
		return err
	}
	if err := gs.validateOwnerSwaps(); err != nil {
		return err
	}
	return gs.validateIdentities()
}

// validateOwners returns the owner of each hotkey.
func (gs GenesisState) validateOwners() (map[string]string, error) {
	owners := make(map[string]string, len(gs.HotkeyOwners))
	var last []byte
	for i, b := range gs.HotkeyOwners {
		hotkey, err := ParseHotkey("hotkey_owners.hotkey", b.Hotkey)
		if err != nil {
			return nil, err
		}
		if _, err := ParseAddress("hotkey_owners.owner", b.Owner); err != nil {
			return nil, err
		}
		if i > 0 && bytes.Compare(last, hotkey) >= 0 {
			return nil, errorsmod.Wrapf(ErrInvalidGenesis, "hotkey_owners has %s at %d out of order or twice, want ascending bytes", b.Hotkey, i)
		}
		last = hotkey
		owners[b.Hotkey] = b.Owner
	}
	return owners, nil
}

func (gs GenesisState) validateSubnets() error {
	// Subnets are never removed, dissolved ones neither, so the list has no gaps.
	if len(gs.Subnets) != int(gs.NextNetuid-FirstNetuid) {
		return errorsmod.Wrapf(ErrInvalidGenesis, "subnets has %d entries, want %d (next_netuid is %d)",
			len(gs.Subnets), gs.NextNetuid-FirstNetuid, gs.NextNetuid)
	}
	for i, s := range gs.Subnets {
		if want := uint32(i) + FirstNetuid; s.Netuid != want {
			return errorsmod.Wrapf(ErrInvalidGenesis, "subnets has netuid %d at %d, want %d", s.Netuid, i, want)
		}
		if err := s.Validate(); err != nil {
			return errorsmod.Wrapf(err, "netuid %d", s.Netuid)
		}
	}
	return nil
}

// Validate reports the first field of a stored subnet that is wrong.
func (s Subnet) Validate() error {
	if err := CheckNetuid(s.Netuid); err != nil {
		return err
	}
	if _, err := ParseAddress("owner", s.Owner); err != nil {
		return err
	}
	if err := s.Identity.Validate(); err != nil {
		return err
	}
	if err := CheckSymbol(s.Symbol); err != nil {
		return err
	}
	if err := CheckTaskKind(s.TaskKind); err != nil {
		return err
	}
	if err := CheckTaskParams(s.TaskParams); err != nil {
		return err
	}
	if err := s.Hyperparams.Validate(); err != nil {
		return err
	}
	if s.Lease != nil {
		if err := s.Lease.Validate(); err != nil {
			return err
		}
	}
	h := s.Hyperparams
	switch {
	case s.CreatedAt < 0 || s.RegistrationBlock < s.CreatedAt:
		return errorsmod.Wrapf(ErrInvalidGenesis, "created_at is %d and registration_block is %d, want 0 <= created_at <= registration_block",
			s.CreatedAt, s.RegistrationBlock)
	case s.StartedAt < 0 || (s.StartedAt > 0 && s.StartedAt < s.CreatedAt):
		return errorsmod.Wrapf(ErrInvalidGenesis, "started_at is %d, want 0 or at least %d (created_at)", s.StartedAt, s.CreatedAt)
	case s.DissolvedAt < 0 || (s.DissolvedAt > 0 && s.DissolvedAt < s.Since()):
		return errorsmod.Wrapf(ErrInvalidGenesis, "dissolved_at is %d, want 0 or at least %d (started_at or created_at)", s.DissolvedAt, s.Since())
	case s.TrimmedAt < 0 || (s.TrimmedAt > 0 && s.TrimmedAt < s.CreatedAt):
		return errorsmod.Wrapf(ErrInvalidGenesis, "trimmed_at is %d, want 0 or at least %d (created_at)", s.TrimmedAt, s.CreatedAt)
	case s.NeuronCount > h.MaxNeurons:
		return errorsmod.Wrapf(ErrInvalidGenesis, "neuron_count is %d, want at most %d (max_neurons)", s.NeuronCount, h.MaxNeurons)
	case s.RegistrationPrice < h.MinRegistrationPrice || s.RegistrationPrice > h.MaxRegistrationPrice:
		return errorsmod.Wrapf(ErrInvalidGenesis, "registration_price is %d, want %d to %d",
			s.RegistrationPrice, h.MinRegistrationPrice, h.MaxRegistrationPrice)
	case s.RegistrationsThisBlock > MaxRegistrationsPerBlock:
		return errorsmod.Wrapf(ErrInvalidGenesis, "registrations_this_block is %d, want at most %d",
			s.RegistrationsThisBlock, MaxRegistrationsPerBlock)
	}
	return nil
}

func (gs GenesisState) validateNeurons(owners map[string]string) error {
	type place struct {
		netuid uint32
		hotkey string
	}
	seen := make(map[place]bool, len(gs.Neurons))
	next := 0
	for _, s := range gs.Subnets {
		for uid := range s.NeuronCount {
			if next == len(gs.Neurons) {
				return errorsmod.Wrapf(ErrInvalidGenesis, "neurons end before netuid %d uid %d, but its neuron_count is %d", s.Netuid, uid, s.NeuronCount)
			}
			n := gs.Neurons[next]
			next++
			if n.Netuid != s.Netuid || n.Uid != uid {
				return errorsmod.Wrapf(ErrInvalidGenesis, "neurons has netuid %d uid %d at %d, want netuid %d uid %d (neuron_count is %d)",
					n.Netuid, n.Uid, next-1, s.Netuid, uid, s.NeuronCount)
			}
			if owner, ok := owners[n.Hotkey]; !ok || owner != n.Owner {
				return errorsmod.Wrapf(ErrInvalidGenesis, "netuid %d uid %d has hotkey %q of owner %q, but hotkey_owners says %q",
					n.Netuid, n.Uid, n.Hotkey, n.Owner, owner)
			}
			at := place{n.Netuid, n.Hotkey}
			if seen[at] {
				return errorsmod.Wrapf(ErrInvalidGenesis, "netuid %d has hotkey %s twice, again at uid %d", n.Netuid, n.Hotkey, n.Uid)
			}
			seen[at] = true
			if n.RegisteredAt < s.CreatedAt {
				return errorsmod.Wrapf(ErrInvalidGenesis, "netuid %d uid %d has registered_at %d, want at least %d (created_at)",
					n.Netuid, n.Uid, n.RegisteredAt, s.CreatedAt)
			}
			if n.Axon != nil {
				if err := n.Axon.Validate(); err != nil {
					return errorsmod.Wrapf(err, "netuid %d uid %d", n.Netuid, n.Uid)
				}
			}
		}
	}
	if next != len(gs.Neurons) {
		n := gs.Neurons[next]
		return errorsmod.Wrapf(ErrInvalidGenesis, "neurons has netuid %d uid %d, which no subnet's neuron_count has room for", n.Netuid, n.Uid)
	}
	return nil
}

func (gs GenesisState) validatePruning() error {
	if len(gs.Pruning) != len(gs.Subnets) {
		return errorsmod.Wrapf(ErrInvalidGenesis, "pruning has %d entries, want one for each of %d subnets", len(gs.Pruning), len(gs.Subnets))
	}
	for i, p := range gs.Pruning {
		s := gs.Subnets[i]
		if p.Netuid != s.Netuid || len(p.Scores) != int(s.NeuronCount) {
			return errorsmod.Wrapf(ErrInvalidGenesis, "pruning has netuid %d with %d scores at %d, want netuid %d with %d",
				p.Netuid, len(p.Scores), i, s.Netuid, s.NeuronCount)
		}
		for uid, score := range p.Scores {
			if score > math.MaxUint16 {
				return errorsmod.Wrapf(ErrInvalidGenesis, "pruning of netuid %d has score %d at uid %d, want at most %d", p.Netuid, score, uid, math.MaxUint16)
			}
		}
	}
	return nil
}

func (gs GenesisState) validateIdentities() error {
	var last []byte
	for i, id := range gs.Identities {
		if err := id.Validate(); err != nil {
			return errorsmod.Wrapf(err, "identities at %d", i)
		}
		addr, err := ParseAddress("address", id.Address)
		if err != nil {
			return err
		}
		if i > 0 && bytes.Compare(last, addr) >= 0 {
			return errorsmod.Wrapf(ErrInvalidGenesis, "identities has %s at %d out of order or twice, want ascending bytes", id.Address, i)
		}
		last = addr
	}
	return nil
}

func (gs GenesisState) validateOffers() error {
	last := uint32(0)
	for i, o := range gs.Offers {
		if err := o.Validate(); err != nil {
			return errorsmod.Wrapf(err, "offers at %d", i)
		}
		if o.Netuid <= last || o.Netuid >= gs.NextNetuid {
			return errorsmod.Wrapf(ErrInvalidGenesis, "offers has netuid %d at %d, want ascending netuids below %d (next_netuid)", o.Netuid, i, gs.NextNetuid)
		}
		last = o.Netuid
		s := gs.Subnets[o.Netuid-FirstNetuid]
		if o.NewOwner == s.Owner {
			return errorsmod.Wrapf(ErrInvalidGenesis, "offers has netuid %d for %s, who owns it", o.Netuid, s.Owner)
		}
		if err := s.CheckLive(); err != nil {
			return errorsmod.Wrapf(ErrInvalidGenesis, "offers has netuid %d: %s", o.Netuid, err)
		}
	}
	return nil
}

func (gs GenesisState) validatePendingHyperparams() error {
	last := uint32(0)
	for i, p := range gs.PendingHyperparams {
		if p.Netuid <= last || p.Netuid >= gs.NextNetuid {
			return errorsmod.Wrapf(ErrInvalidGenesis, "pending_hyperparams has netuid %d at %d, want ascending netuids below %d (next_netuid)", p.Netuid, i, gs.NextNetuid)
		}
		last = p.Netuid
		if err := gs.Subnets[p.Netuid-FirstNetuid].CheckLive(); err != nil {
			return errorsmod.Wrapf(ErrInvalidGenesis, "pending_hyperparams has netuid %d: %s", p.Netuid, err)
		}
		if p.EffectiveAt < 1 {
			return errorsmod.Wrapf(ErrInvalidGenesis, "pending_hyperparams of netuid %d have effective_at %d, want a height", p.Netuid, p.EffectiveAt)
		}
		if err := p.Hyperparams.Validate(); err != nil {
			return errorsmod.Wrapf(err, "pending_hyperparams of netuid %d", p.Netuid)
		}
	}
	return nil
}

// validateCommitments relies on the neurons being valid: it finds each commitment's neuron in one pass over both.
func (gs GenesisState) validateCommitments() error {
	next := 0
	for i, c := range gs.Commitments {
		for next < len(gs.Neurons) && (gs.Neurons[next].Netuid < c.Netuid || (gs.Neurons[next].Netuid == c.Netuid && gs.Neurons[next].Uid < c.Uid)) {
			next++
		}
		if next == len(gs.Neurons) || gs.Neurons[next].Netuid != c.Netuid || gs.Neurons[next].Uid != c.Uid {
			return errorsmod.Wrapf(ErrInvalidGenesis, "commitments has netuid %d uid %d at %d: no such neuron, out of order or twice", c.Netuid, c.Uid, i)
		}
		n := gs.Neurons[next]
		next++
		if n.Hotkey != c.Hotkey {
			return errorsmod.Wrapf(ErrInvalidGenesis, "commitments has netuid %d uid %d of hotkey %q, but its neuron has %s", c.Netuid, c.Uid, c.Hotkey, n.Hotkey)
		}
		// A neuron that a trim has moved is registered anew, and what it committed stays.
		if created := gs.Subnets[c.Netuid-FirstNetuid].CreatedAt; c.Block < created {
			return errorsmod.Wrapf(ErrInvalidGenesis, "commitments has netuid %d uid %d at block %d, want at least %d (created_at)", c.Netuid, c.Uid, c.Block, created)
		}
		if err := CheckCommitment(c.Data); err != nil {
			return errorsmod.Wrapf(err, "commitments of netuid %d uid %d", c.Netuid, c.Uid)
		}
	}
	return nil
}

// validateCollaterals relies on the neurons being valid: it finds each collateral's neuron in one pass over both.
func (gs GenesisState) validateCollaterals() error {
	next := 0
	for i, c := range gs.Collaterals {
		for next < len(gs.Neurons) && (gs.Neurons[next].Netuid < c.Netuid || (gs.Neurons[next].Netuid == c.Netuid && gs.Neurons[next].Uid < c.Uid)) {
			next++
		}
		if next == len(gs.Neurons) || gs.Neurons[next].Netuid != c.Netuid || gs.Neurons[next].Uid != c.Uid {
			return errorsmod.Wrapf(ErrInvalidGenesis, "collaterals has netuid %d uid %d at %d: no such neuron, out of order or twice", c.Netuid, c.Uid, i)
		}
		next++
		if err := c.Validate(); err != nil {
			return errorsmod.Wrapf(err, "collaterals of netuid %d uid %d", c.Netuid, c.Uid)
		}
	}
	return nil
}

// validateWithheld relies on the subnets and the hotkeys' owners being valid. Who is owed something may hold no uid.
func (gs GenesisState) validateWithheld() error {
	known := make(map[string]bool, len(gs.HotkeyOwners))
	for _, o := range gs.HotkeyOwners {
		known[o.Hotkey] = true
	}
	var last []byte
	for i, w := range gs.Withheld {
		if err := w.Validate(); err != nil {
			return err
		}
		if w.Netuid < FirstNetuid || w.Netuid >= gs.NextNetuid || !known[w.Hotkey] {
			return errorsmod.Wrapf(ErrInvalidGenesis, "withheld has netuid %d hotkey %s at %d: no such subnet, or no such hotkey", w.Netuid, w.Hotkey, i)
		}
		hotkey, err := ParseHotkey("hotkey", w.Hotkey)
		if err != nil {
			return err
		}
		key := append(binary.BigEndian.AppendUint32(nil, w.Netuid), hotkey...)
		if bytes.Compare(last, key) >= 0 {
			return errorsmod.Wrapf(ErrInvalidGenesis, "withheld has netuid %d hotkey %s at %d: out of order or twice", w.Netuid, w.Hotkey, i)
		}
		last = key
	}
	return nil
}

func (gs GenesisState) validateEarned() error {
	if len(gs.Earned) != len(gs.Subnets) {
		return errorsmod.Wrapf(ErrInvalidGenesis, "earned has %d entries, want one for each of %d subnets", len(gs.Earned), len(gs.Subnets))
	}
	for i, e := range gs.Earned {
		if s := gs.Subnets[i]; e.Netuid != s.Netuid || len(e.Alpha) != int(s.NeuronCount) {
			return errorsmod.Wrapf(ErrInvalidGenesis, "earned has netuid %d with %d amounts at %d, want netuid %d with %d",
				e.Netuid, len(e.Alpha), i, s.Netuid, s.NeuronCount)
		}
	}
	return nil
}

// validateStandings relies on the subnets being valid: there is one standing for each that lives.
func (gs GenesisState) validateStandings() error {
	next := 0
	for _, s := range gs.Subnets {
		if s.DissolvedAt > 0 {
			continue
		}
		if next == len(gs.Standings) || gs.Standings[next].Netuid != s.Netuid {
			return errorsmod.Wrapf(ErrInvalidGenesis, "standings have none of netuid %d at %d, want one for each subnet that lives", s.Netuid, next)
		}
		if at := gs.Standings[next]; at.Since != s.Since() {
			return errorsmod.Wrapf(ErrInvalidGenesis, "standings has since %d of netuid %d, want %d (started_at or created_at)", at.Since, s.Netuid, s.Since())
		}
		next++
	}
	if next != len(gs.Standings) {
		return errorsmod.Wrapf(ErrInvalidGenesis, "standings has netuid %d at %d, which is no subnet that lives", gs.Standings[next].Netuid, next)
	}
	return nil
}
