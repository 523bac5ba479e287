package backend

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"unicode/utf8"
)

// Kinds of failure. Each comes in an [*Error].
var (
	// ErrUnavailable: no connection, no answer in time, a status of 500 and above, a stream that stalled or was cut.
	ErrUnavailable = errors.New("backend is unavailable")
	// ErrBusy: the server has too much to do (429 or 503).
	ErrBusy = errors.New("backend is busy")
	// ErrRefused: the server does not take this request, and no other server would.
	ErrRefused = errors.New("backend refused the request")
	// ErrSetup: the key, the model or the address is wrong (401, 403, 404): the operator's to mend.
	ErrSetup = errors.New("backend is set up wrongly")
	// ErrAnswer: what came is no answer to what was asked.
	ErrAnswer = errors.New("backend gave a malformed answer")
)

// Error is a server's failure.
type Error struct {
	Server string // host and path
	Status int    // HTTP status; 0 if none came
	Kind   error  // one of those above
	Detail string // the server's own words, clipped, without its key
}

// Error implements error.
func (e *Error) Error() string {
	s := fmt.Sprintf("%v: %s", e.Kind, e.Server)
	if e.Status != 0 {
		s += fmt.Sprintf(": status %d", e.Status)
	}
	if e.Detail != "" {
		s += ": " + e.Detail
	}
	return s
}

// Unwrap makes errors.Is find the kind.
func (e *Error) Unwrap() error { return e.Kind }

// maxDetail bounds what is kept of a server's words.
const maxDetail = 300

// fail makes an error of this server's. The key is taken out of the text, for servers that say back what they got.
func (s *Server) fail(kind error, status int, detail string) *Error {
	if s.key != "" {
		detail = strings.ReplaceAll(detail, s.key, "[key]")
	}
	detail = strings.Join(strings.Fields(strings.ToValidUTF8(detail, "?")), " ")
	if len(detail) > maxDetail {
		n := maxDetail
		for !utf8.RuneStart(detail[n]) {
			n--
		}
		detail = detail[:n] + "..."
	}
	return &Error{Server: s.name, Status: status, Kind: kind, Detail: detail}
}

// Malformed is an [ErrAnswer] of this server's, for whoever reads its answers.
func (s *Server) Malformed(err error) error { return s.fail(ErrAnswer, http.StatusOK, err.Error()) }

// failStatus makes an error of a status that is not 200.
func (s *Server) failStatus(status int, body []byte) *Error {
	kind := ErrUnavailable
	switch status {
	case http.StatusTooManyRequests, http.StatusServiceUnavailable:
		kind = ErrBusy
	case http.StatusBadRequest, http.StatusRequestEntityTooLarge, http.StatusUnprocessableEntity:
		kind = ErrRefused
	case http.StatusUnauthorized, http.StatusForbidden, http.StatusNotFound, http.StatusMethodNotAllowed:
		kind = ErrSetup
	}
	return s.fail(kind, status, errorText(body))
}

// errorText is the message of an error in the shapes that servers use, or the beginning of the body.
func errorText(body []byte) string {
	var shape struct {
		Error   json.RawMessage `json:"error"`
		Message string          `json:"message"`
		Detail  json.RawMessage `json:"detail"`
	}
	if json.Unmarshal(body, &shape) == nil {
		var inner struct {
			Message string `json:"message"`
		}
		var text string
		switch {
		case json.Unmarshal(shape.Error, &inner) == nil && inner.Message != "":
			return inner.Message
		case json.Unmarshal(shape.Error, &text) == nil && text != "":
			return text
		case shape.Message != "":
			return shape.Message
		case len(shape.Detail) > 0:
			return string(shape.Detail)
		}
	}
	return string(body)
}

// elsewhere says whether another server may do better.
func elsewhere(err error) bool {
	return errors.Is(err, ErrUnavailable) || errors.Is(err, ErrBusy) || errors.Is(err, ErrSetup) || errors.Is(err, ErrAnswer)
}

// blameless says whether an error tells nothing of the server's health: the caller left, or the server is merely busy.
func blameless(err error) bool {
	return err != nil && (errors.Is(err, context.Canceled) || errors.Is(err, ErrBusy) || !elsewhere(err) && !errors.Is(err, ErrRefused))
}

// alive says whether an answer shows a server that works.
func alive(err error) bool { return err == nil || errors.Is(err, ErrRefused) }
