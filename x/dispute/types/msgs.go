package types

import (
	errorsmod "cosmossdk.io/errors"

	subnettypes "github.com/agon-chain/agon/x/subnet/types"
)

// ValidateBasic judges the message without state. Errors: ErrInvalidAccusation, and ErrInvalidAddress of x/subnet.
func (m *MsgAccuse) ValidateBasic() error {
	if _, err := subnettypes.ParseHotkey("hotkey", m.Hotkey); err != nil {
		return err
	}
	if _, err := subnettypes.ParseHotkey("miner", m.Miner); err != nil {
		return err
	}
	return checkAccusation(ErrInvalidAccusation, m.Netuid, m.Evidence, m.Log10E, m.Reason)
}

// checkAccusation judges what a message and a stored case say alike.
func checkAccusation(kind *errorsmod.Error, netuid uint32, evidence []byte, log10E uint32, reason string) error {
	if netuid < subnettypes.FirstNetuid || netuid > subnettypes.MaxNetuid {
		return errorsmod.Wrapf(kind, "netuid is %d, want %d to %d", netuid, subnettypes.FirstNetuid, subnettypes.MaxNetuid)
	}
	if err := hashField(kind, "evidence", evidence); err != nil {
		return err
	}
	if log10E > MaxLog10E {
		return errorsmod.Wrapf(kind, "log10_e is %d, want at most %d: it counts thousandths of the decimal logarithm", log10E, MaxLog10E)
	}
	return subnettypes.CheckText(kind, "reason", reason, 0, MaxReason, false)
}

// ValidateBasic judges the message without state. Errors: ErrInvalidVote, and ErrInvalidAddress of x/subnet.
func (m *MsgCommitVote) ValidateBasic() error {
	if _, err := subnettypes.ParseHotkey("hotkey", m.Hotkey); err != nil {
		return err
	}
	return hashField(ErrInvalidVote, "hash", m.Hash)
}

// ValidateBasic judges the message without state. Errors: ErrInvalidVote, and ErrInvalidAddress of x/subnet.
func (m *MsgRevealVote) ValidateBasic() error {
	if _, err := subnettypes.ParseHotkey("hotkey", m.Hotkey); err != nil {
		return err
	}
	if err := validVerdict(m.Verdict); err != nil {
		return err
	}
	if err := hashField(ErrInvalidVote, "evidence", m.Evidence); err != nil {
		return err
	}
	if n := len(m.Salt); n < MinSalt || n > MaxSalt {
		return errorsmod.Wrapf(ErrInvalidVote, "salt has %d bytes, want %d to %d", n, MinSalt, MaxSalt)
	}
	return nil
}
