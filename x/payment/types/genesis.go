package types

import (
	"bytes"
	"encoding/binary"

	errorsmod "cosmossdk.io/errors"

	subnettypes "github.com/agon-chain/agon/x/subnet/types"
)

// DefaultGenesis is a chain on which nobody has paid anybody.
func DefaultGenesis() *GenesisState {
	return &GenesisState{Params: DefaultParams(), NextChannelId: FirstChannelID}
}

// Validate reports the first contradiction, as ErrInvalidGenesis or as the error of the part that is wrong.
func (gs GenesisState) Validate() error {
	if err := gs.Params.Validate(); err != nil {
		return err
	}
	if gs.NextChannelId < FirstChannelID {
		return errorsmod.Wrapf(ErrInvalidGenesis, "next_channel_id is %d, want at least %d", gs.NextChannelId, FirstChannelID)
	}
	open, err := gs.validateChannels()
	if err != nil {
		return err
	}
	for _, part := range []func() error{
		func() error { return gs.validateAccounts(open) }, gs.validatePrices, gs.validatePots, gs.validateSums, gs.validateRefunded,
	} {
		if err := part(); err != nil {
			return err
		}
	}
	return nil
}

// validateChannels returns how many are open of each account.
func (gs GenesisState) validateChannels() (map[string]uint32, error) {
	open := make(map[string]uint32)
	last := uint64(FirstChannelID - 1)
	for i, c := range gs.Channels {
		if c.Id <= last || c.Id >= gs.NextChannelId {
			return nil, errorsmod.Wrapf(ErrInvalidGenesis, "channels has id %d at %d, want ascending ids from %d below %d (next_channel_id)", c.Id, i, FirstChannelID, gs.NextChannelId)
		}
		last = c.Id
		if err := c.Validate(); err != nil {
			return nil, err
		}
		if c.Open() {
			open[c.Owner]++
		}
	}
	return open, nil
}

func (gs GenesisState) validateAccounts(open map[string]uint32) error {
	var last []byte
	counted := 0
	for i, a := range gs.Accounts {
		if err := a.Validate(); err != nil {
			return err
		}
		owner, err := subnettypes.ParseAddress("owner", a.Owner)
		if err != nil {
			return err
		}
		if bytes.Compare(last, owner) >= 0 {
			return errorsmod.Wrapf(ErrInvalidGenesis, "accounts has %s at %d: out of order or twice, want ascending bytes", a.Owner, i)
		}
		last = owner
		if a.Channels != open[a.Owner] {
			return errorsmod.Wrapf(ErrInvalidGenesis, "account of %s has %d channels, %d of its are open", a.Owner, a.Channels, open[a.Owner])
		}
		if a.Channels > 0 {
			counted++
		}
	}
	if counted != len(open) {
		return errorsmod.Wrapf(ErrInvalidGenesis, "channels are open of %d owners, %d of them have an account", len(open), counted)
	}
	return nil
}

func (gs GenesisState) validatePrices() error {
	var last []byte
	for i, p := range gs.Prices {
		if err := p.Validate(); err != nil {
			return err
		}
		key, err := minerKey(p.Netuid, "hotkey", p.Hotkey)
		if err != nil {
			return err
		}
		if bytes.Compare(last, key) >= 0 {
			return errorsmod.Wrapf(ErrInvalidGenesis, "prices has netuid %d hotkey %s at %d: out of order or twice", p.Netuid, p.Hotkey, i)
		}
		last = key
	}
	return nil
}

func (gs GenesisState) validatePots() error {
	for i, p := range gs.Pots {
		if err := p.Validate(); err != nil {
			return err
		}
		if i > 0 && p.CaseId <= gs.Pots[i-1].CaseId {
			return errorsmod.Wrapf(ErrInvalidGenesis, "pots has case %d at %d: out of order or twice", p.CaseId, i)
		}
	}
	return nil
}

func (gs GenesisState) validateSums() error {
	var last []byte
	for i, s := range gs.MinerSums {
		key, err := minerKey(s.Netuid, "miner", s.Miner)
		if err != nil {
			return errorsmod.Wrap(err, "miner_sums")
		}
		key = append(binary.BigEndian.AppendUint64(nil, s.Bucket), key...)
		if bytes.Compare(last, key) >= 0 || s.Paid == 0 || s.Paid > MaxAmount {
			return errorsmod.Wrapf(ErrInvalidGenesis, "miner_sums has bucket %d netuid %d miner %s with %d at %d: out of order, twice, or not 1 to %d nagon",
				s.Bucket, s.Netuid, s.Miner, s.Paid, i, uint64(MaxAmount))
		}
		last = key
	}
	for i, s := range gs.ChannelSums {
		if i > 0 {
			if p := gs.ChannelSums[i-1]; s.Bucket < p.Bucket || (s.Bucket == p.Bucket && s.Channel <= p.Channel) {
				return errorsmod.Wrapf(ErrInvalidGenesis, "channel_sums has bucket %d channel %d at %d: out of order or twice", s.Bucket, s.Channel, i)
			}
		}
		if s.Paid == 0 || s.Paid > MaxAmount || s.Channel < FirstChannelID || s.Channel >= gs.NextChannelId {
			return errorsmod.Wrapf(ErrInvalidGenesis, "channel_sums of bucket %d channel %d is %d: want a channel below %d and 1 to %d nagon",
				s.Bucket, s.Channel, s.Paid, gs.NextChannelId, uint64(MaxAmount))
		}
	}
	return nil
}

func (gs GenesisState) validateRefunded() error {
	var last []byte
	for i, r := range gs.Refunded {
		key, err := minerKey(r.Netuid, "miner", r.Miner)
		if err != nil {
			return errorsmod.Wrap(err, "refunded")
		}
		if bytes.Compare(last, key) >= 0 {
			return errorsmod.Wrapf(ErrInvalidGenesis, "refunded has netuid %d miner %s at %d: out of order or twice", r.Netuid, r.Miner, i)
		}
		last = key
	}
	return nil
}

// minerKey orders miners as the store does.
func minerKey(netuid uint32, name, text string) ([]byte, error) {
	hotkey, err := subnettypes.ParseHotkey(name, text)
	if err != nil {
		return nil, err
	}
	return append(binary.BigEndian.AppendUint32(nil, netuid), hotkey...), nil
}
