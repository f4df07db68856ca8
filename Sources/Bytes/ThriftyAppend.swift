// Arrays that are most of what a document takes in memory grow by an eighth, once they are large: an array that doubles
// holds three times what is in it while it is copied, and what a stranger's file adds up to is bounded by what came in.

extension Array {
    /// Elements from which an array grows by less than itself.
    @usableFromInline package static var thriftyMin: Int { 4_096 }

    /// Appends an element. Amortized O(1), of which copying is about nine moves of an element.
    @inlinable
    @inline(__always)
    package mutating func appendThriftily(_ element: Element) {
        if count == capacity, count >= Array.thriftyMin { reserveCapacity(count + count >> 3) }
        append(element)
    }
}
