using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Binlog.Grpc.Client;

namespace Binlog.Service.GrpcServer.Listening;

/// <summary>Decides whether a client certificate is good enough.</summary>
internal static class ClientCertificateCheck
{
    private const string ClientAuthentication = "1.3.6.1.5.5.7.3.2";

    /// <returns><c>null</c> if it is accepted, else why not.</returns>
    public static string? Refuse(X509Certificate2? certificate, X509Certificate2Collection? intermediates, X509Certificate2Collection authorities, IReadOnlyList<string> allowedCommonNames)
    {
        if (certificate is null)
        {
            return "it presented none, and one of the authorities in security.caFile is required";
        }

        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.AddRange(authorities);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.ApplicationPolicy.Add(new Oid(ClientAuthentication));
        if (intermediates is not null)
        {
            chain.ChainPolicy.ExtraStore.AddRange(intermediates);
        }

        if (!chain.Build(certificate))
        {
            return $"{CertificateText.Describe(certificate)} is not trusted by the authorities in security.caFile: {string.Join("; ", chain.ChainStatus.Select(s => s.StatusInformation.Trim()).Distinct())}";
        }

        var name = certificate.GetNameInfo(X509NameType.SimpleName, forIssuer: false);
        return allowedCommonNames.Count == 0 || allowedCommonNames.Contains(name, StringComparer.Ordinal)
            ? null
            : $"the common name '{name}' of {CertificateText.Describe(certificate)} is none of security.allowedCommonNames ({string.Join(", ", allowedCommonNames)})";
    }
}
