// A text as a QR code: which squares are dark. libqrencode decides that; how it is shown is decided here.
internal import CQREncode

package struct QRCode: Equatable, Sendable {
    /// Light squares around a code, without which a scanner doesn't find it (ISO/IEC 18004: four).
    package static let quiet = 4
    /// The longest text: more makes squares that are too small for a screen that is scanned at arm's length.
    package static let bytesMax = 300

    /// Squares of a side, without the light ones around it.
    package let width: Int
    private let dark: [Bool]

    /// - Returns: nil for a text that is empty or too long.
    package init?(_ text: String) {
        let bytes = Array(text.utf8)
        guard (1...QRCode.bytesMax).contains(bytes.count), let code = QRcode_encodeData(Int32(bytes.count), bytes, 0, QR_ECLEVEL_M) else { return nil }
        defer { QRcode_free(code) }
        let width = Int(code.pointee.width)
        guard width > 0, let data = code.pointee.data else { return nil }
        self.width = width
        // The lowest bit of each byte says it.
        dark = UnsafeBufferPointer(start: data, count: width * width).map { $0 & 1 == 1 }
    }

    /// Outside of it all is light.
    package func isDark(_ x: Int, _ y: Int) -> Bool { (0..<width).contains(x) && (0..<width).contains(y) && dark[y * width + x] }

    /// For a terminal with a dark background: two rows of squares a line, what is light is drawn.
    package var text: String {
        let side = -QRCode.quiet..<width + QRCode.quiet
        return stride(from: side.lowerBound, to: side.upperBound, by: 2).map { y in
            side.map { x in
                switch (isDark(x, y), isDark(x, y + 1)) {
                case (false, false): "█"
                case (false, true): "▀"
                case (true, false): "▄"
                case (true, true): " "
                }
            }.joined()
        }.joined(separator: "\n")
    }
}
