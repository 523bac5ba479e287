package payer

import "errors"

// Why a call was not paid for, or is not paid for any more. Each comes wrapped in one line that names the miner and says what to do.
var (
	// ErrConfig refuses a setting outside its bounds.
	ErrConfig = errors.New("invalid payer configuration")
	// ErrLedger says that the ledger cannot be read or written. Nothing is signed that is not in it first.
	ErrLedger = errors.New("ledger of channels cannot be used")
	// ErrLedgerBusy says that another process has the ledger open.
	ErrLedgerBusy = errors.New("ledger of channels is in use")

	// ErrTooDear says that a call may cost more than its caller allows.
	ErrTooDear = errors.New("price is above what is allowed")
	// ErrBudget says that the channels hold as much as they may.
	ErrBudget = errors.New("budget for deposits is used up")
	// ErrFunds says that the account cannot pay for a deposit.
	ErrFunds = errors.New("account cannot pay for the deposit")
	// ErrChannel says that no channel could be found or opened.
	ErrChannel = errors.New("no channel to the miner")

	// ErrReckoning says that a miner reckons otherwise than its receipts do. Nothing more is paid to it until [Payer.Forgive].
	ErrReckoning = errors.New("miner reckons otherwise")
	// ErrUnpaid says that a miner refused a call as unpaid that was paid for as far as can be told here. Beside it stands the miner's own
	// word, a [wire.APIError] of status 402.
	ErrUnpaid = errors.New("miner refused payment")

	// ErrClosed says that the payer was closed.
	ErrClosed = errors.New("payer is closed")
)
