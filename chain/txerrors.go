package chain

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	errorsmod "cosmossdk.io/errors"

	sdkerrors "github.com/cosmos/cosmos-sdk/types/errors"
	"github.com/cosmos/cosmos-sdk/x/feegrant"
)

// Refusal is the chain's no to a transaction. errors.Is finds the module's registered error in it, such as
// x/scoring's ErrTooEarly, and this package's sentinels where one fits.
type Refusal struct {
	// Codespace and Code name the registered error.
	Codespace string
	Code      uint32
	// Log is the chain's text, which ends with the registered error's.
	Log string
	// Hash and Height are set if the transaction was included, and its fee paid, before it failed; empty and 0 if it was
	// turned away at the door.
	Hash   string
	Height int64

	// signer and payer are for the hint.
	signer, payer string
}

// Error is one line that ends with what to do, where that is known.
func (r *Refusal) Error() string {
	text := fmt.Sprintf("refused by the chain: %s (%s/%d)", r.Log, r.Codespace, r.Code)
	if r.Hash != "" {
		text += fmt.Sprintf(" in transaction %s at height %d", r.Hash, r.Height)
	}
	if hint := r.hint(); hint != "" {
		text += "; " + hint
	}
	return oneLine(errors.New(text))
}

// Unwrap gives the registered error and the sentinel of this package, if there is one.
func (r *Refusal) Unwrap() []error {
	errs := []error{errorsmod.ABCIError(r.Codespace, r.Code, r.Log)}
	if s := r.sentinel(); s != nil {
		errs = append(errs, s)
	}
	return errs
}

// is compares code and codespace only.
func (r *Refusal) is(e *errorsmod.Error) bool {
	return r.Codespace == e.Codespace() && r.Code == e.ABCICode()
}

// noGrant is in the text of a fee that cannot be deducted from the granter. A missing grant has no registered code of its
// own.
const noGrant = "does not allow to pay fees"

func (r *Refusal) sentinel() error {
	switch {
	case r.is(sdkerrors.ErrInsufficientFunds):
		return ErrInsufficientFunds
	case r.is(sdkerrors.ErrInsufficientFee):
		return ErrFeeTooLow
	case r.is(sdkerrors.ErrUnknownAddress):
		return ErrNoAccount
	case r.is(feegrant.ErrNoAllowance), r.is(feegrant.ErrFeeLimitExceeded), r.is(feegrant.ErrFeeLimitExpired),
		r.is(feegrant.ErrMessageNotAllowed), r.Codespace == errorsmod.UndefinedCodespace && strings.Contains(r.Log, noGrant):
		return ErrNoFeeGrant
	}
	return nil
}

func (r *Refusal) hint() string {
	switch r.sentinel() {
	case ErrInsufficientFunds:
		return fmt.Sprintf("send coins to %s", r.payer)
	case ErrFeeTooLow:
		return "raise the gas price to what the node asks for"
	case ErrNoAccount:
		return fmt.Sprintf("send coins or a fee grant to %s", r.signer)
	case ErrNoFeeGrant:
		return fmt.Sprintf("let %s grant fees to %s, revoking what it granted before", r.payer, r.signer)
	}
	return ""
}

// asRefusal returns nil if the error is none.
func asRefusal(err error) *Refusal {
	var r *Refusal
	if errors.As(err, &r) {
		return r
	}
	return nil
}

// expectedSequence is in the text of the chain's refusal of a sequence, and nowhere else: the state that queries answer
// from knows nothing of transactions that wait in the mempool.
var expectedSequence = regexp.MustCompile(`account sequence mismatch, expected ([0-9]+), got ([0-9]+)`)

// sequenceWanted reads the sequence that the node expects next out of its refusal.
func sequenceWanted(r *Refusal) (uint64, bool) {
	m := expectedSequence.FindStringSubmatch(r.Log)
	if m == nil {
		return 0, false
	}
	n, err := strconv.ParseUint(m[1], 10, 64)
	return n, err == nil
}
