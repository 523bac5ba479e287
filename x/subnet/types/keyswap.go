package types

import (
	errorsmod "cosmossdk.io/errors"
)

// ValidateBasic judges the message without state.
func (m *MsgSwapHotkey) ValidateBasic() error {
	if _, err := ParseAddress("owner", m.Owner); err != nil {
		return err
	}
	if _, err := ParseHotkey("hotkey", m.Hotkey); err != nil {
		return err
	}
	_, err := ParseHotkey("new_key", m.NewKey)
	return err
}

// ValidateBasic judges the message without state.
func (m *MsgAnnounceOwnerSwap) ValidateBasic() error {
	return OwnerSwap{Owner: m.Owner, NewOwner: m.NewOwner}.Validate()
}

// ValidateBasic judges the message without state.
func (m *MsgCancelOwnerSwap) ValidateBasic() error {
	_, err := ParseAddress("owner", m.Owner)
	return err
}

// ValidateBasic judges the message without state.
func (m *MsgSwapOwner) ValidateBasic() error {
	if _, err := ParseAddress("new_owner", m.NewOwner); err != nil {
		return err
	}
	_, err := ParseAddress("owner", m.Owner)
	return err
}

// Validate reports the first field of an announcement that no chain would take. Errors: ErrInvalidAddress, ErrInvalidOwnerSwap.
func (s OwnerSwap) Validate() error {
	if _, err := ParseAddress("owner", s.Owner); err != nil {
		return err
	}
	if _, err := ParseAddress("new_owner", s.NewOwner); err != nil {
		return err
	}
	if s.Owner == s.NewOwner {
		return errorsmod.Wrapf(ErrInvalidOwnerSwap, "owner and new_owner are both %s; name another account", s.Owner)
	}
	if s.AnnouncedAt < 0 || s.ReadyAt < s.AnnouncedAt {
		return errorsmod.Wrapf(ErrInvalidOwnerSwap, "announced_at is %d and ready_at %d, want 0 <= announced_at <= ready_at", s.AnnouncedAt, s.ReadyAt)
	}
	return nil
}

// Present says whether the key signs for its hotkey now.
func (s SigningKey) Present() bool { return s.Until == 0 }
