using System.Globalization;
using System.Security.Cryptography.X509Certificates;

namespace Binlog.Grpc.Client;

/// <summary>Says which certificate a message is about, so that it can be found among others.</summary>
internal static class CertificateText
{
    /// <summary>Subject, issuer, span of validity and serial number.</summary>
    public static string Describe(X509Certificate2 certificate) => string.Create(
        CultureInfo.InvariantCulture,
        $"{certificate.Subject} (issued by {certificate.Issuer}, valid {certificate.NotBefore.ToUniversalTime():yyyy-MM-dd HH:mm} to {certificate.NotAfter.ToUniversalTime():yyyy-MM-dd HH:mm} UTC, serial number {certificate.SerialNumber})");
}
