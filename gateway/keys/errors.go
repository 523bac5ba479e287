package keys

import (
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/agon-chain/agon/wire"
)

// What stores and administration answer with.
var (
	ErrInvalid    = errors.New("invalid value")
	ErrNotFound   = errors.New("not found")
	ErrRevoked    = errors.New("key is revoked for good; create another")
	ErrNewer      = errors.New("database was written by a newer release; run that one")
	ErrLeaseLost  = errors.New("lease has expired")
	ErrNoCredits  = errors.New("credits do not suffice")
	ErrOverBudget = errors.New("budget does not suffice")
)

// Refusal is why a call may not be made. Its code is what errors.Is compares: errors.Is(err, &Refusal{Code: CodeRevoked}).
type Refusal struct {
	Status     int
	Code       string
	Message    string
	RetryAfter time.Duration // zero: waiting does not help
}

// Codes of refusals.
const (
	CodeInvalidKey  = "invalid_api_key"      // 401: no such key, or not its secret
	CodeRevoked     = "key_revoked"          // 401
	CodeExpired     = "key_expired"          // 401
	CodeModel       = "model_not_allowed"    // 403
	CodeRate        = "rate_limit_exceeded"  // 429
	CodeTooLarge    = "request_too_large"    // 429: more tokens than the key has in a minute
	CodeCredits     = "insufficient_quota"   // 402
	CodeBudget      = "budget_exceeded"      // 402
	CodeUnavailable = "accounts_unavailable" // 503: no lease is left and the store cannot be reached
)

// Error gives status, code and message.
func (r *Refusal) Error() string { return fmt.Sprintf("HTTP %d %s: %s", r.Status, r.Code, r.Message) }

// Is compares codes.
func (r *Refusal) Is(target error) bool {
	t, ok := target.(*Refusal)
	return ok && t.Code == r.Code
}

// API is the refusal in OpenAI's shape.
func (r *Refusal) API() *wire.APIError { return wire.NewAPIError(r.Status, r.Code, "", r.Message) }

func refuse(status int, code string, after time.Duration, format string, args ...any) *Refusal {
	return &Refusal{Status: status, Code: code, Message: fmt.Sprintf(format, args...), RetryAfter: after}
}

var errInvalidKey = refuse(http.StatusUnauthorized, CodeInvalidKey, 0, "the API key is not known; check it, or ask for a new one")
