// Times as people and scripts read them: ISO 8601 in UTC, from milliseconds since 1970.
// The calendar is Howard Hinnant's days-from-civil algorithm, public domain.

package enum TimeText {
    package static func iso(_ milliseconds: Int64) -> String {
        let days = (milliseconds / 1_000 - (milliseconds % 1_000 < 0 ? 1 : 0)).quotient(by: 86_400)
        let inDay = milliseconds - days * 86_400_000
        let (year, month, day) = civil(days)
        let seconds = inDay / 1_000
        return "\(pad(year, 4))-\(pad(month, 2))-\(pad(day, 2))T\(pad(seconds / 3_600, 2)):\(pad(seconds / 60 % 60, 2)):\(pad(seconds % 60, 2)).\(pad(inDay % 1_000, 3))Z"
    }

    /// For a table: to the minute.
    package static func short(_ milliseconds: Int64) -> String {
        let text = iso(milliseconds)
        return "\(text.prefix(10)) \(text.dropFirst(11).prefix(5))"
    }

    /// - Returns: nil unless it is `YYYY-MM-DD`, with or without `THH:MM[:SS[.fff]]` and `Z` or an offset.
    package static func milliseconds(_ text: String) -> Int64? {
        let parts = text.split(whereSeparator: { $0 == "T" || $0 == " " })
        guard let date = parts.first, parts.count <= 2 else { return nil }
        let ymd = date.split(separator: "-").compactMap { Int64($0) }
        guard ymd.count == 3, (1...12).contains(ymd[1]), (1...31).contains(ymd[2]) else { return nil }
        var total = daysFromCivil(ymd[0], ymd[1], ymd[2]) * 86_400_000
        guard parts.count == 2 else { return total }
        var clock = String(parts[1])
        if clock.hasSuffix("Z") { clock.removeLast() } else if let sign = clock.lastIndex(where: { $0 == "+" || $0 == "-" }) {
            let offset = clock[clock.index(after: sign)...].filter { $0 != ":" }
            guard offset.count == 4, let number = Int64(offset) else { return nil }
            total -= (clock[sign] == "-" ? -1 : 1) * (number / 100 * 60 + number % 100) * 60_000
            clock = String(clock[..<sign])
        }
        let hms = clock.split(separator: ":")
        guard (2...3).contains(hms.count), let hour = Int64(hms[0]), let minute = Int64(hms[1]), let second = hms.count == 3 ? Double(hms[2]) : 0,
              (0..<24).contains(hour), (0..<60).contains(minute), (0..<61).contains(second) else { return nil }
        return total + (hour * 60 + minute) * 60_000 + Int64((second * 1_000).rounded())
    }

    private static func pad(_ number: Int64, _ count: Int) -> String {
        let text = String(number)
        return String(repeating: "0", count: max(0, count - text.count)) + text
    }

    private static func civil(_ days: Int64) -> (Int64, Int64, Int64) {
        let z = days + 719_468
        let era = z.quotient(by: 146_097)
        let doe = z - era * 146_097
        let yoe = (doe - doe / 1_460 + doe / 36_524 - doe / 146_096) / 365
        let doy = doe - (365 * yoe + yoe / 4 - yoe / 100)
        let mp = (5 * doy + 2) / 153
        let month = mp < 10 ? mp + 3 : mp - 9
        return (yoe + era * 400 + (month <= 2 ? 1 : 0), month, doy - (153 * mp + 2) / 5 + 1)
    }

    private static func daysFromCivil(_ year: Int64, _ month: Int64, _ day: Int64) -> Int64 {
        let y = month <= 2 ? year - 1 : year
        let era = y.quotient(by: 400)
        let yoe = y - era * 400
        let doy = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        return era * 146_097 + yoe * 365 + yoe / 4 - yoe / 100 + doy - 719_468
    }
}

extension Int64 {
    /// Rounded down, also below zero.
    fileprivate func quotient(by other: Int64) -> Int64 { self >= 0 ? self / other : -((-self + other - 1) / other) }
}
