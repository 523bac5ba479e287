// Package usage checks what an answer says of itself: token counts, text, and why it ended.
//
// It needs the tokenizer of the pinned model and no model. Padding usage, leaving out tokens, and ending before the request's
// bounds while calling it length are seen here; an end that the model did not choose is for package replay.
package usage
