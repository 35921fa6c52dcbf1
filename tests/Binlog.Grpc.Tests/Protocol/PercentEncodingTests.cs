using Binlog.Grpc.Protocol;
using FsCheck;
using FsCheck.Fluent;

namespace Binlog.Grpc.Tests.Protocol;

public sealed class PercentEncodingTests
{
    [Theory]
    [InlineData("", "")]
    [InlineData("plain text ~!", "plain text ~!")]
    [InlineData("100%", "100%25")]
    [InlineData("a\nb\r\0", "a%0Ab%0D%00")]
    [InlineData("höflich", "h%C3%B6flich")]
    [InlineData("\U0001F600", "%F0%9F%98%80")]
    [InlineData("\u007f", "%7F")]
    public void Encode_Text_MatchesTheSpecification(string text, string encoded)
    {
        Assert.Equal(encoded, PercentEncoding.Encode(text));
        Assert.Equal(text, PercentEncoding.Decode(encoded));
    }

    [Theory]
    [InlineData("%", "%")]
    [InlineData("%4", "%4")]
    [InlineData("%zz", "%zz")]
    [InlineData("%41%", "A%")]
    [InlineData("%c3%b6", "ö")]
    [InlineData("%FF", "\uFFFD")]
    public void Decode_Malformed_KeepsWhatIsNoEscape(string encoded, string text) => Assert.Equal(text, PercentEncoding.Decode(encoded));

    [Fact]
    public void Decode_Encoded_RoundTrips() => Prop.ForAll<NonNull<string>>(text =>
    {
        // Lone surrogates have no UTF-8 form.
        var valid = System.Text.Encoding.UTF8.GetString(System.Text.Encoding.UTF8.GetBytes(text.Get));
        var encoded = PercentEncoding.Encode(valid);

        Assert.DoesNotContain(encoded, c => c is < ' ' or > '~');
        Assert.Equal(valid, PercentEncoding.Decode(encoded));
    }).QuickCheckThrowOnFailure();
}
