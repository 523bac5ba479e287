package miner

import "errors"

// What keeps a miner from starting. Each comes wrapped in one line that says what to do.
var (
	// ErrConfig refuses a setting.
	ErrConfig = errors.New("invalid miner configuration")
	// ErrPortTaken says that another program listens on the address.
	ErrPortTaken = errors.New("port is taken")
	// ErrNoSubnet says that the chain has no such subnet.
	ErrNoSubnet = errors.New("no such subnet")
	// ErrWrongTask says that the subnet asks for another kind of expertise.
	ErrWrongTask = errors.New("subnet asks for another task")
	// ErrDishonest refuses an expert that exists to test networks.
	ErrDishonest = errors.New("expert is dishonest on purpose")
	// ErrNotRegistered says that the hotkey holds no uid in the subnet.
	ErrNotRegistered = errors.New("hotkey is not registered")
	// ErrNoVersion says that nobody published the version.
	ErrNoVersion = errors.New("version is not registered")
	// ErrNoOwnerKey says that what must be paid cannot be, since the owner's key is not here.
	ErrNoOwnerKey = errors.New("owner key is not in the keyring")
	// ErrFunds says that the owner cannot pay the registration.
	ErrFunds = errors.New("insufficient funds")
	// ErrPrice says that registering costs more than the operator allows.
	ErrPrice = errors.New("registration price above the limit")
	// ErrNoBook says that there is no book of vouchers.
	ErrNoBook = errors.New("no book of vouchers")
)

// errPanicked is an expert's bug; the request gets 500, the daemon lives on.
var errPanicked = errors.New("expert panicked")
