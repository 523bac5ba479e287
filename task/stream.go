package task

import "context"

// StreamingExpert is an expert that can answer piece by piece. An expert that is also an io.Closer is closed by the miner once no answer
// is under way.
type StreamingExpert interface {
	Expert
	// Streams says whether a request asks for events. It only looks: a body that does not fit the task is refused by Stream or Answer.
	Streams(body []byte) bool
	// Stream answers with events, one call of emit for each: JSON without line breaks, not kept by emit. The last of them that has
	// OpenAI's usage member tells the token counts. An error before the first event is one of those that Answer returns; one later
	// cuts the answer short, which its reader is told. Where emit fails the caller is gone: Stream returns that error, soon. Calls of emit do not
	// overlap.
	Stream(ctx context.Context, body []byte, emit func(event []byte) error) error
}
