package wire

import (
	"errors"
	"net/http"
)

// Refusal is a reason for not serving a request. It is compared with errors.Is, and carries what the caller is told:
// an HTTP status and a code in OpenAI's error shape. Wrap it with the field, the value and the bound.
type Refusal struct {
	status int
	code   string
	text   string
}

// Error says the reason in one phrase.
func (r *Refusal) Error() string { return r.text }

// Status is the HTTP status that answers this refusal.
func (r *Refusal) Status() int { return r.status }

// Code is the stable machine-readable name of the refusal.
func (r *Refusal) Code() string { return r.code }

func refusal(status int, code, text string) *Refusal { return &Refusal{status, code, text} }

// Reasons for refusing a request. Codes are part of the protocol: they are added to, never renamed.
var (
	ErrVersion       = refusal(http.StatusBadRequest, "unsupported_version", "protocol version is not supported")
	ErrMissingHeader = refusal(http.StatusUnauthorized, "missing_header", "a signed-request header is missing")
	ErrHeader        = refusal(http.StatusBadRequest, "malformed_header", "a signed-request header is malformed")
	ErrStale         = refusal(http.StatusUnauthorized, "stale_request", "request was signed too long ago")
	ErrFromFuture    = refusal(http.StatusUnauthorized, "request_from_future", "request is dated in the future")
	ErrExpired       = refusal(http.StatusUnauthorized, "expired_request", "request has expired")
	ErrExpiryBounds  = refusal(http.StatusBadRequest, "expiry_out_of_bounds", "request expiry is out of bounds")
	ErrRecipient     = refusal(http.StatusMisdirectedRequest, "wrong_recipient", "request is addressed to someone else")
	ErrSender        = refusal(http.StatusUnauthorized, "wrong_sender", "sender is not the account that certified the session")
	ErrSignature     = refusal(http.StatusUnauthorized, "bad_signature", "request signature does not verify")
	ErrReplay        = refusal(http.StatusConflict, "replayed_request", "request was seen before")
	ErrReplayFull    = refusal(http.StatusTooManyRequests, "too_many_requests", "too many requests in the replay window")
	ErrBodyTooLarge  = refusal(http.StatusRequestEntityTooLarge, "body_too_large", "request body is too large")

	ErrSession          = refusal(http.StatusUnauthorized, "malformed_session", "session certificate is malformed")
	ErrSessionChain     = refusal(http.StatusUnauthorized, "session_wrong_chain", "session certificate is for another chain")
	ErrSessionExpired   = refusal(http.StatusUnauthorized, "session_expired", "session certificate is outside its validity")
	ErrSessionTooLong   = refusal(http.StatusUnauthorized, "session_too_long", "session certificate is valid for too long")
	ErrSessionScope     = refusal(http.StatusForbidden, "session_scope", "session certificate does not cover this call")
	ErrSessionSignature = refusal(http.StatusUnauthorized, "bad_session_signature", "session certificate's signature does not verify")

	ErrVoucher          = refusal(http.StatusPaymentRequired, "bad_voucher", "voucher is malformed")
	ErrVoucherChain     = refusal(http.StatusPaymentRequired, "voucher_wrong_chain", "voucher is for another chain")
	ErrVoucherSignature = refusal(http.StatusPaymentRequired, "bad_voucher_signature", "voucher's signature does not verify")

	ErrSealed = refusal(http.StatusBadRequest, "bad_sealed_body", "sealed body does not open")

	ErrChallenge = refusal(http.StatusBadRequest, "bad_challenge", "challenge is malformed")

	ErrSampleQuery = refusal(http.StatusBadRequest, "bad_sample_query", "query for samples is malformed")
	ErrSampleAsker = refusal(http.StatusForbidden, "not_a_named_validator", "this gateway's operator does not name this account among those that samples are for")
)

// Reasons for not accepting what came back, or what was stored.
var (
	ErrReceipt          = errors.New("receipt is malformed")
	ErrReceiptSignature = errors.New("receipt's signature does not verify")
	ErrReceiptMismatch  = errors.New("receipt is about something else")
	ErrNoReceipt        = errors.New("reply carries no receipt")
	ErrNoStream         = errors.New("reply is no stream")
	ErrReplyTooLarge    = errors.New("reply is too large")
	ErrTarget           = errors.New("target address is not allowed")
	ErrCall             = errors.New("call is incomplete")
	ErrKey              = errors.New("key is malformed")
	ErrProof            = errors.New("proof of a Merkle tree does not verify")
	ErrProofBounds      = errors.New("proof of a Merkle tree is out of bounds")
	ErrTruncated        = errors.New("stream ended before its authenticated end")
	ErrSample           = errors.New("sample of a call is malformed")

	ErrHardware          = errors.New("hardware report is malformed")
	ErrHardwareSignature = errors.New("hardware report's signature does not verify")
	ErrHardwareMismatch  = errors.New("hardware report is about someone else")
	ErrHardwareStale     = errors.New("hardware report is not of now")
)

// What is wrong with a price, or with what came back about one.
var (
	ErrPrice        = errors.New("price is out of bounds")
	ErrPaymentTerms = errors.New("terms of payment are malformed")
	ErrCharge       = errors.New("charge of a call is malformed")
)

// StatusOf is the HTTP status for an error: the refusal's own, 500 for any other.
func StatusOf(err error) int {
	if r, ok := errors.AsType[*Refusal](err); ok {
		return r.status
	}
	return http.StatusInternalServerError
}
