package transport

// withExample adds an example to the description of a question: a request, and the parts of its answer that matter. A test
// asks it.
func withExample(description, request, answer string) string {
	return description + exampleMark + request + answerMark + answer
}

const (
	exampleMark = " Example: "
	answerMark  = " answers with "
)
