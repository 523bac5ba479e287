package wire

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"unicode/utf8"
)

// maxErrorText bounds what is told, and what is believed, of an error.
const maxErrorText = 1024

// APIError is an error in OpenAI's shape: {"error": {"message", "type", "param", "code"}}. Param and Code may be null.
type APIError struct {
	Status  int     `json:"-"` // HTTP status
	Message string  `json:"message"`
	Type    string  `json:"type"`
	Param   *string `json:"param"`
	Code    *string `json:"code"`
}

type apiErrorBody struct {
	Error *APIError `json:"error"`
}

// Error gives status, code and message.
func (e *APIError) Error() string {
	code := e.Type
	if e.Code != nil {
		code = *e.Code
	}
	return fmt.Sprintf("HTTP %d %s: %s", e.Status, code, e.Message)
}

// NewAPIError makes an error for a status; empty param and code become null.
func NewAPIError(status int, code, param, message string) *APIError {
	opt := func(s string) *string {
		if s == "" {
			return nil
		}
		return &s
	}
	return &APIError{Status: status, Message: clip(message), Type: errorType(status), Param: opt(param), Code: opt(code)}
}

// errorType is the word that OpenAI's clients expect for a status.
func errorType(status int) string {
	switch {
	case status == http.StatusUnauthorized:
		return "authentication_error"
	case status == http.StatusPaymentRequired:
		return "insufficient_quota"
	case status == http.StatusForbidden:
		return "permission_error"
	case status == http.StatusNotFound:
		return "not_found_error"
	case status == http.StatusTooManyRequests:
		return "rate_limit_error"
	case status >= 500:
		return "server_error"
	}
	return "invalid_request_error"
}

// ErrorFor is what a caller is told of an error: an [*APIError] as it is, a [*Refusal] with its status, code and full
// text. Any other error is the server's own affair: 500, and its text stays in the server's log.
func ErrorFor(err error) *APIError {
	if e, ok := errors.AsType[*APIError](err); ok {
		return e
	}
	if r, ok := errors.AsType[*Refusal](err); ok {
		return NewAPIError(r.status, r.code, "", err.Error())
	}
	return NewAPIError(http.StatusInternalServerError, "internal_error", "", "the server failed to answer; try again later")
}

// Body is the JSON body of the error, for callers that must hash it for a receipt before it is written.
func (e *APIError) Body() []byte {
	b, err := json.Marshal(apiErrorBody{e})
	if err != nil {
		return []byte(`{"error":{"message":"internal error","type":"server_error","param":null,"code":null}}`)
	}
	return append(b, '\n')
}

// Write answers with the error.
func (e *APIError) Write(w http.ResponseWriter) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	status := e.Status
	if status < 400 || status > 599 {
		status = http.StatusInternalServerError
	}
	w.WriteHeader(status)
	_, _ = w.Write(e.Body()) // the caller is gone; there is nobody to tell
}

// WriteError answers with ErrorFor(err).
func WriteError(w http.ResponseWriter, err error) { ErrorFor(err).Write(w) }

// ParseAPIError reads the body of a failed reply. What is not in OpenAI's shape becomes the message, clipped: it never fails.
func ParseAPIError(status int, body []byte) *APIError {
	var b apiErrorBody
	if json.Unmarshal(body, &b) == nil && b.Error != nil && b.Error.Message != "" {
		e := b.Error
		e.Status, e.Message, e.Type = status, clip(e.Message), clip(e.Type)
		for _, p := range []*string{e.Param, e.Code} {
			if p != nil {
				*p = clip(*p)
			}
		}
		return e
	}
	if len(body) > maxErrorText {
		body = body[:maxErrorText]
	}
	msg := strings.TrimSpace(strings.ToValidUTF8(string(body), "?"))
	if msg == "" {
		msg = http.StatusText(status)
	}
	return NewAPIError(status, "", "", msg)
}

// clip cuts a text at maxErrorText bytes, between characters.
func clip(s string) string {
	if len(s) <= maxErrorText {
		return s
	}
	n := maxErrorText
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}
