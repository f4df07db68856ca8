// What one actor did in one document: its changes and its operations, in the order of its counters.
//
// Changes that follow only their own predecessor, at about the same time, share one span: a keystroke
// committed by itself adds to a length. Where each change ends is kept as runs of equal lengths.
internal import Bytes

struct Span: Equatable {
    /// The counter of the first operation.
    var start: UInt32
    /// What the first change was made on, besides nothing: the heads that its author saw.
    var dependencies: [Dot]
    /// The lamport number of the first operation; those after count on.
    var lamport: UInt64
    /// Milliseconds since 1970 by the author's clock: for display only.
    var time: UInt64
}

/// `count` changes of `length` operations each.
struct Strides: Equatable {
    var length: UInt32
    var count: UInt32
}

struct Lane {
    var operations = OperationRows()
    var spans: [Span] = []
    var strides: [Strides] = []
    /// The counter of the first operation that is here: those before were cut away.
    var start: UInt32 = 0
    /// The counter that the next operation takes: how many there are.
    var end: UInt32 = 0
    /// The lamport number that follows the last operation's that was cut away.
    var lamportStart: UInt64 = 0
    /// The display time of the last change that was cut away.
    var timeStart: UInt64?
    /// The lamport number that follows the last operation's.
    var lamportEnd: UInt64 = 0

    /// The display time of the last change.
    var lastTime: UInt64? { spans.last?.time ?? timeStart }

    var changeCount: Int { strides.reduce(0) { $0 + Int($1.count) } }

    /// The record that holds an operation.
    /// - Complexity: O(log n).
    func operationIndex(of counter: UInt32) -> Int? {
        guard counter < end, counter >= start else { return nil }
        return operations.index(of: counter)
    }

    func operation(of counter: UInt32) -> Operation? {
        guard let index = operationIndex(of: counter) else { return nil }
        return operations[index]
    }

    func spanIndex(of counter: UInt32) -> Int? {
        guard counter < end, counter >= start else { return nil }
        return Lane.lastIndex(of: spans.count) { spans[$0].start <= counter }
    }

    func lamport(of counter: UInt32) -> UInt64 {
        guard let index = spanIndex(of: counter) else { return counter + 1 == start ? lamportStart - 1 : 0 }
        return spans[index].lamport + UInt64(counter - spans[index].start)
    }

    func time(of counter: UInt32) -> UInt64 { spanIndex(of: counter).map { spans[$0].time } ?? 0 }

    /// The last index for which a rising condition holds.
    static func lastIndex(of count: Int, where holds: (Int) -> Bool) -> Int? {
        var low = 0
        var high = count
        while low < high {
            let middle = (low + high) >> 1
            if holds(middle) { low = middle + 1 } else { high = middle }
        }
        return low == 0 ? nil : low - 1
    }

    /// The last index whose rising number isn't above one, of which the first isn't: in few steps where the numbers rise evenly.
    /// - Parameters:
    ///   - start: the first number.
    ///   - end: what would follow the last.
    @inline(__always)
    static func lastIndex(of count: Int, from start: UInt32, to end: UInt32, _ number: UInt32, _ numberAt: (Int) -> UInt32) -> Int {
        var low = min(count - 1, Int(UInt64(number - start) * UInt64(count) / UInt64(max(1, end - start))))
        // In doubled steps to where it lies between two.
        var (high, step) = (low + 1, 1)
        while numberAt(low) > number {
            (high, low) = (low, max(0, low - step))
            step *= 2
        }
        step = 1
        while high < count, numberAt(high) <= number {
            (low, high) = (high, min(count, high + step))
            step *= 2
        }
        while low + 1 < high {
            let middle = (low + high) >> 1
            if numberAt(middle) <= number { low = middle } else { high = middle }
        }
        return low
    }

    mutating func append(_ operation: Operation, by actor: UInt32, canJoinContent: (Operation) -> Bool) {
        end = operation.end
        if let last = operations.last, last.continues(with: operation, by: actor),
           operation.kind != .insert || canJoinContent(last) {
            operations.joinLast(operation)
        } else {
            operations.append(operation)
        }
    }

    /// Closes `count` changes of `length` operations each, whose operations were appended last.
    mutating func close(_ span: Span, by actor: UInt32, isContinued: Bool, count: UInt32 = 1, length: UInt32) {
        if !isContinued { spans.appendThriftily(span) } else if spans.isEmpty {
            // What it goes on from was cut away.
            spans.append(Span(start: span.start, dependencies: [Dot(actor: actor, counter: span.start &- 1)], lamport: span.lamport, time: timeStart ?? span.time))
        }
        lamportEnd = span.lamport + UInt64(length) * UInt64(count)
        if let last = strides.last, last.length == length {
            strides[strides.count - 1].count += count
        } else {
            strides.append(Strides(length: length, count: count))
        }
    }
}
